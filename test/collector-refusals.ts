import type { IncomingMessage, ServerResponse } from 'node:http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import test, { type ExecutionContext } from 'ava';
import { channelLoader } from '../packages/runtime/src/channel.ts';
import { Delivery, type DeliveryLimits } from '../packages/runtime/src/delivery.ts';
import { configureLog } from '../packages/runtime/src/log.ts';
import { readConfig } from '../packages/runtime/src/settings.ts';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import { startOrigin } from './helpers/origin.ts';

configureLog('error', {});

const resource = resourceFromAttributes({ 'service.name': 'refusals' });
const limits: DeliveryLimits = {
  batchSpans: 128,
  delayMs: 60_000,
  waitingSpans: Number.POSITIVE_INFINITY,
  waitingBytes: 50_000,
  firstPauseMs: 1,
  longestPauseMs: 5,
};
const exporters = ['jaeger', 'otlp'] as const;
type Exporter = (typeof exporters)[number];

function endSpans(delivery: Delivery, count: number): void {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
  });
  for (let index = 0; index < count; index++) provider.getTracer('test').startSpan(`span ${index}`).end();
  for (const span of memory.getFinishedSpans()) delivery.onEnd(span);
}

function deliveryTo(url: string, exporter: Exporter): Delivery {
  process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = `${url}/v1/traces`;
  const config = readConfig({ FUNCTION_TARGET: 'root', OTEL_TRACES_EXPORTER: exporter });
  const load = channelLoader({ ...config, jaegerEndpoint: `${url}/api/traces` }, resource);
  if (load === undefined) throw new Error('a channel was expected');
  return new Delivery(load, limits);
}

/** A collector whose nth response has the status given for it and for the bytes that it got. */
async function collector(
  t: ExecutionContext,
  exporter: Exporter,
  statusOf: (request: number, bytes: number) => number,
) {
  const seen = { requests: 0 };
  const origin = await startOrigin(async (req: IncomingMessage, res: ServerResponse) => {
    let bytes = 0;
    for await (const chunk of req) bytes += (chunk as Buffer).length;
    res.writeHead(statusOf(++seen.requests, bytes), { location: '/elsewhere' }).end();
  });
  t.teardown(origin.close);
  return { seen, delivery: deliveryTo(origin.url, exporter) };
}

async function bytesOfBatch(t: ExecutionContext, exporter: Exporter): Promise<number> {
  const sizes: number[] = [];
  const { delivery } = await collector(t, exporter, (_, bytes) => {
    sizes.push(bytes);
    return 200;
  });
  endSpans(delivery, 128);
  await delivery.forceFlush();
  return sizes[0] ?? 0;
}

for (const exporter of exporters) {
  for (const status of [301, 302, 307, 308, 401, 403, 404, 405, 407, 410, 429, 503]) {
    test.serial(
      `${exporter}: a collector that says ${status} loses no span, before its first success or after`,
      async t => {
        const { delivery } = await collector(t, exporter, n => (n < 3 || (n > 3 && n < 8) ? status : 200));
        endSpans(delivery, 40);
        await delivery.forceFlush();
        endSpans(delivery, 40);
        await delivery.forceFlush();
        await delivery.stop(1_000);
        t.like(delivery, { ended: 80, delivered: 80 });
      },
    );
  }

  for (const status of [400, 422]) {
    test.serial(`${exporter}: a batch that is refused with ${status} is not sent again`, async t => {
      const { seen, delivery } = await collector(t, exporter, n => (n === 1 ? status : 200));
      endSpans(delivery, 10);
      await delivery.forceFlush();
      endSpans(delivery, 10);
      await delivery.stop(1_000);
      t.is(seen.requests, 2);
      t.like(delivery, { ended: 20, delivered: 10 });
    });
  }

  test.serial(`${exporter}: a 404 for ever keeps what memory allows, and stopping ends in time`, async t => {
    const { seen, delivery } = await collector(t, exporter, n => (n === 1 ? 200 : 404));
    endSpans(delivery, 32);
    await delivery.forceFlush();
    for (let round = 0; round < 50; round++) {
      endSpans(delivery, 64);
      await new Promise(setImmediate);
    }
    const began = performance.now();
    await delivery.stop(300);
    t.true(performance.now() - began < 1_500);
    t.true(seen.requests > 2);
    t.like(delivery, { ended: 3_232, delivered: 32 });
  });

  test.serial(`${exporter}: a batch that is too large is halved until it is taken`, async t => {
    const most = 0.6 * (await bytesOfBatch(t, exporter));
    const { delivery, seen } = await collector(t, exporter, (_, bytes) => (bytes > most ? 413 : 200));
    endSpans(delivery, 128);
    await delivery.forceFlush();
    t.is(delivery.delivered, 128);
    // Once too large as a whole, then once as each half.
    t.is(seen.requests, 3);
  });

  test.serial(`${exporter}: what is too large even alone is dropped and counted`, async t => {
    const { delivery, seen } = await collector(t, exporter, () => 413);
    endSpans(delivery, 128);
    await delivery.forceFlush();
    await delivery.stop(1_000);
    t.like(delivery, { ended: 128, delivered: 0 });
    t.is(seen.requests, 2 + 4);
  });
}

test.serial('OTLP in JSON arrives, several pieces as one document', async t => {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  t.teardown(backend.close);
  process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'http/json';
  t.teardown(() => delete process.env['OTEL_EXPORTER_OTLP_PROTOCOL']);
  const delivery = deliveryTo(`http://127.0.0.1:${backend.otlpPort}`, 'otlp');
  endSpans(delivery, 100);
  await delivery.stop(2_000);
  t.is(delivery.delivered, 100);
  t.is(backend.store.counters.spans, 100);
});

test.serial('OTLP in JSON says so in its content type, and its body is JSON', async t => {
  process.env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] = 'http/json';
  t.teardown(() => delete process.env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']);
  const bodies: unknown[] = [];
  const origin = await startOrigin(async (req, res) => {
    t.is(req.headers['content-type'], 'application/json');
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
    res.end('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}');
  });
  t.teardown(origin.close);
  const delivery = deliveryTo(origin.url, 'otlp');
  endSpans(delivery, 70);
  await delivery.stop(2_000);
  t.is(bodies.length, 1);
  t.is(delivery.delivered, 67);
});
