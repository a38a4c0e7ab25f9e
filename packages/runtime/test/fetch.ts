import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import test from 'ava';
import { ask, isChild, serveFunction, spansOf, startRuntime } from '../../../test/helpers/functions.ts';

await startRuntime();
const { http } = await import('../src/index.ts');

test('a call by fetch is a client span, and carries its context', async t => {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const other = createServer((req, res) => {
    resolve(req.headers['traceparent'] as string | undefined);
    res.end('fine');
  });
  await new Promise<void>(listening => other.listen(0, '127.0.0.1', listening));
  t.teardown(() => void other.close().closeAllConnections());
  const { port } = other.address() as AddressInfo;
  http('fetches', async (_req, res) => {
    res.send(await (await fetch(`http://127.0.0.1:${port}/path?a=1`)).text());
  });
  const served = await serveFunction('fetches', false);
  t.teardown(served.close);

  const { text, traceId } = await ask(served.url);
  t.is(text, 'fine');
  const spans = await spansOf(traceId, 3);
  const client = spans.find(
    ({ kind, attributes }) => kind === SpanKind.CLIENT && attributes['server.port'] === port,
  );
  const server = spans.find(({ parentSpanContext }) => parentSpanContext === undefined);
  if (client === undefined || server === undefined) return t.fail(`spans: ${spans.map(({ name }) => name)}`);
  isChild(t, client, server);
  t.is(client.name, 'GET');
  t.is(client.attributes['url.full'], `http://127.0.0.1:${port}/path?a=1`);
  t.is(client.attributes['http.response.status_code'], 200);
  t.is(await promise, `00-${traceId}-${client.spanContext().spanId}-01`);
});
