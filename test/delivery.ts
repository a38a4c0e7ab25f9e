import type { RequestListener } from 'node:http';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import test, { type ExecutionContext } from 'ava';
import { startTraceBackend } from '../local/traces/backend.ts';
import { DeliveringExporter, exporterLoader } from '../runtime/exporter.ts';
import { readConfig } from '../runtime/settings.ts';
import { startOrigin } from './helpers/origin.ts';

const resource = resourceFromAttributes({ 'service.name': 'delivery', 'service.version': '1.2.3' });
const limits = { tryTimeoutMs: 500, pausesMs: [10, 10, 10] };

function spans(count: number): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(memory)] });
  for (let index = 0; index < count; index++)
    provider.getTracer('test', '1').startSpan(`span ${index}`).end();
  return memory.getFinishedSpans();
}

function exporterFor(jaegerEndpoint: string): DeliveringExporter {
  const config = { ...readConfig({ FUNCTION_TARGET: 'root' }), jaegerEndpoint };
  const load = exporterLoader(config, resource);
  if (load === undefined) throw new Error('an exporter was expected');
  return new DeliveringExporter(load, limits);
}

const deliver = (exporter: DeliveringExporter, batch: ReadableSpan[]): Promise<ExportResult> =>
  new Promise(resolve => exporter.export(batch, resolve));

async function collector(t: ExecutionContext, listener: RequestListener) {
  const origin = await startOrigin(listener);
  t.teardown(origin.close);
  return origin;
}

test('a batch arrives as one, its resource told once', async t => {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  t.teardown(backend.close);
  const exporter = exporterFor(`http://127.0.0.1:${backend.collectorPort}/api/traces`);
  const batch = spans(300);
  t.is((await deliver(exporter, batch)).code, ExportResultCode.SUCCESS);
  t.is(exporter.delivered, 300);
  t.is(backend.store.counters.spans, 300);
  const trace = backend.store.trace(batch[0]?.spanContext().traceId ?? '');
  const [process] = Object.values(trace?.processes ?? {});
  t.is(process?.serviceName, 'delivery');
  t.deepEqual(process?.tags, [{ key: 'service.version', type: 'string', value: '1.2.3' }]);
  t.false(trace?.spans[0]?.tags.some(({ key }) => key === 'service.version'));
  await exporter.shutdown();
});

test('a collector that fails for a while gets the batch afterwards', async t => {
  let tries = 0;
  const { url } = await collector(t, (req, res) => {
    req.resume();
    res.writeHead(++tries < 3 ? 503 : 202).end();
  });
  const exporter = exporterFor(`${url}/api/traces`);
  t.is((await deliver(exporter, spans(2))).code, ExportResultCode.SUCCESS);
  t.is(tries, 3);
  t.is(exporter.delivered, 2);
});

test('a collector that never takes it ends in a drop', async t => {
  let tries = 0;
  const { url } = await collector(t, (req, res) => {
    tries++;
    req.resume();
    res.writeHead(500).end();
  });
  const exporter = exporterFor(`${url}/api/traces`);
  const result = await deliver(exporter, spans(2));
  t.is(result.code, ExportResultCode.FAILED);
  t.regex(result.error?.message ?? '', /HTTP 500/);
  t.is(tries, 4);
  t.is(exporter.delivered, 0);
});

test('a collector that hangs is given up, its connection with it, and tried anew', async t => {
  let tries = 0;
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>();
  const { url } = await collector(t, (req, res) => {
    req.resume();
    if (++tries > 1) res.writeHead(202).end();
    else req.socket.once('close', () => onClosed());
  });
  const exporter = exporterFor(`${url}/api/traces`);
  t.is((await deliver(exporter, spans(1))).code, ExportResultCode.SUCCESS);
  await closed;
  t.is(tries, 2);
});

test('batches wait for one another, and a flush for all of them', async t => {
  let running = 0;
  let most = 0;
  const { url } = await collector(t, (req, res) => {
    most = Math.max(most, ++running);
    req.resume().on('end', () => setImmediate(() => res.writeHead(202).end(() => running--)));
  });
  const exporter = exporterFor(`${url}/api/traces`);
  const batches = [spans(1), spans(2), spans(3)];
  for (const batch of batches) exporter.export(batch, () => undefined);
  await exporter.forceFlush();
  t.is(exporter.delivered, 6);
  t.is(most, 1);
});

test('the setting none means that nothing is exported', t => {
  t.is(
    exporterLoader({ ...readConfig({ FUNCTION_TARGET: 'root' }), tracesExporter: 'none' }, resource),
    undefined,
  );
});
