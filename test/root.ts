import { SpanKind } from '@opentelemetry/api';
import test from 'ava';
import { ask, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';

await startRuntime();
const root = await serveFunction('root');
test.after.always(() => root.close());

test('root says hello', async t => {
  const { status, text, headers } = await ask(root.url);
  t.is(status, 200);
  t.is(text, 'Hello World!');
  t.is(headers.get('content-type'), 'text/plain; charset=utf-8');
});

test('a request is one server span with its route and FaaS attributes', async t => {
  const { traceId, spanId } = await ask(root.url);
  const spans = await spansOf(traceId);
  const span = spanNamed(t, spans, 'GET /');
  t.is(spans.length, 1);
  t.is(span.kind, SpanKind.SERVER);
  t.is(span.spanContext().spanId, spanId);
  t.is(span.parentSpanContext, undefined);
  t.like(span.attributes, {
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'http.route': '/',
    'faas.trigger': 'http',
  });
  t.regex(String(span.attributes['faas.invocation_id']), /^[0-9a-f-]{36}$/);
});

test('a caller’s trace goes on', async t => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const { traceId } = await ask(root.url, { headers: { traceparent } });
  t.is(traceId, '0af7651916cd43dd8448eb211c80319c');
  const span = spanNamed(t, await spansOf(traceId), 'GET /');
  t.is(span.parentSpanContext?.spanId, 'b7ad6b7169203331');
});

test('HEAD has the head of the answer and no body', async t => {
  const { status, text, headers, traceId } = await ask(root.url, { method: 'HEAD' });
  t.is(status, 200);
  t.is(text, '');
  t.is(headers.get('content-length'), '12');
  spanNamed(t, await spansOf(traceId), 'HEAD /');
});

test('a health check makes no span and has no trace', async t => {
  const { status, text, traceId } = await ask(`${root.url}/healthz`);
  t.is(status, 200);
  t.is(text, 'ok\n');
  t.is(traceId, '');
});
