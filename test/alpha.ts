import { SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import test from 'ava';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';

const config = await startRuntime();
const alpha = await serveFunction('alpha');
test.after.always(() => alpha.close());
test.beforeEach(() => config.faults.clear());

test.serial('alpha works in a hundred pieces, a child span each, one after the other', async t => {
  const { status, text, traceId } = await ask(alpha.url);
  t.is(status, 200);
  t.is(text, 'This is the Alpha Endpoint!');
  const spans = await spansOf(traceId, 101);
  const server = spanNamed(t, spans, 'GET /alpha');
  const pieces = spans.filter(({ name }) => name === 'work');
  t.is(pieces.length, 100);
  for (const piece of pieces) isChild(t, piece, server);
  t.deepEqual(
    pieces.map(({ attributes }) => attributes['alpha.piece']),
    Array.from({ length: 100 }, (_, index) => index + 1),
  );
  pieces.slice(1).forEach((piece, index) => {
    const before = pieces[index] as typeof piece;
    t.true(hrTimeToMilliseconds(piece.startTime) >= hrTimeToMilliseconds(before.endTime) - 0.001);
  });
});

test.serial('the work has a result: there are 33,860 primes below 400,000', async t => {
  const { traceId } = await ask(alpha.url);
  const spans = await spansOf(traceId, 101);
  t.is(spanNamed(t, spans, 'GET /alpha').attributes['alpha.primes'], 33_860);
});

test.serial('with alpha-stall the hundredth piece sleeps ten seconds', async t => {
  config.faults.add('alpha-stall');
  const { status, traceId } = await ask(alpha.url);
  t.is(status, 200);
  const pieces = (await spansOf(traceId, 101)).filter(({ name }) => name === 'work');
  const slow = pieces.filter(({ duration }) => hrTimeToMilliseconds(duration) >= 9_900);
  t.deepEqual(
    slow.map(({ attributes }) => attributes['alpha.piece']),
    [100],
  );
});

test.serial('a stalled alpha gives up when its client goes away', async t => {
  config.faults.add('alpha-stall');
  const traceparent = '00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const signal = AbortSignal.timeout(1_500);
  await t.throwsAsync(ask(alpha.url, { headers: { traceparent }, signal }));
  const spans = await spansOf('1af7651916cd43dd8448eb211c80319c', 101);
  const server = spanNamed(t, spans, 'GET /alpha');
  t.is(server.attributes['error.type'], 'client_gone');
  t.is(server.status.code, SpanStatusCode.ERROR);
});

test.serial('with alpha-broken the answer is 500 and the trace says where it broke', async t => {
  config.faults.add('alpha-broken');
  const { status, text, traceId } = await ask(alpha.url);
  t.is(status, 500);
  t.false(text.includes('broken'), 'the answer tells strangers nothing');
  const spans = await spansOf(traceId, 2);
  const piece = spanNamed(t, spans, 'work');
  const server = spanNamed(t, spans, 'GET /alpha');
  isChild(t, piece, server);
  for (const span of [piece, server]) {
    t.is(span.status.code, SpanStatusCode.ERROR);
    t.is(span.events[0]?.name, 'exception');
    t.is(span.events[0]?.attributes?.['exception.message'], 'The heavy work is broken.');
  }
});

test.serial('a request past its deadline gets 504', async t => {
  config.faults.add('alpha-stall');
  const { status, headers, text } = await ask(alpha.url, { headers: { 'x-request-timeout-ms': '600' } });
  t.is(status, 504);
  t.is(headers.get('content-type'), 'application/problem+json');
  t.is(JSON.parse(text).detail, 'The request took longer than its deadline of 600 ms.');
});
