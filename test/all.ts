import { SpanKind } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import test from 'ava';
import nock from 'nock';
import { targets } from '../functions/shared/targets.ts';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';

const config = await startRuntime();
for (const { name } of targets) config[`${name}FunctionUrl`] = `http://${name}.test`;
const gateway = await serveFunction('gateway');
test.after.always(() => gateway.close());
test.beforeEach(() => {
  config.faults.clear();
  nock.cleanAll();
});

const reply = (name: string, path: string, status = 200, body: nock.Body = `from ${name}`) =>
  nock(`http://${name}.test`).get(path).delay(60).reply(status, body);

/** Those that are in this project besides the exercise's four. */
function replyOthers(status = 200): void {
  const others = targets.filter(({ name }) => !['root', 'alpha', 'beta', 'redis'].includes(name));
  for (const { name, path } of others) reply(name, path, status);
}

function replyAll(): void {
  replyOthers();
  reply('root', '/');
  reply('alpha', '/alpha');
  reply('beta', '/beta', 200, { header: 'value' });
  reply('redis', '/redis', 200, { stored: {} });
}

/** The gateway's calls in the order of their start, with start and end in ms. */
async function calls(traceId: string): Promise<{ start: number; end: number; span: ReadableSpan }[]> {
  const clients = (await spansOf(traceId, 1 + targets.length)).filter(({ kind }) => kind === SpanKind.CLIENT);
  return clients
    .map(span => ({
      start: hrTimeToMilliseconds(span.startTime),
      end: hrTimeToMilliseconds(span.endTime),
      span,
    }))
    .sort((a, b) => a.start - b.start);
}

test.serial('/all has the status, time and body of each', async t => {
  replyAll();
  const { status, text, traceId } = await ask(`${gateway.url}/all`);
  t.is(status, 200);
  const results = JSON.parse(text);
  t.deepEqual(
    Object.keys(results),
    targets.map(({ name }) => name),
  );
  t.like(results, {
    root: { status: 200, body: 'from root' },
    alpha: { status: 200, body: 'from alpha' },
    beta: { status: 200, body: { header: 'value' } },
    redis: { status: 200, body: { stored: {} } },
  });
  for (const { milliseconds } of Object.values<{ milliseconds: number }>(results)) t.true(milliseconds >= 50);
  const spans = await spansOf(traceId, 1 + targets.length);
  for (const { span } of await calls(traceId)) isChild(t, span, spanNamed(t, spans, 'GET /all'));
});

test.serial('the functions are called in parallel', async t => {
  replyAll();
  const { traceId } = await ask(`${gateway.url}/all`);
  const made = await calls(traceId);
  t.is(made.length, targets.length);
  const firstEnd = Math.min(...made.map(({ end }) => end));
  t.true(made.every(({ start }) => start < firstEnd));
});

test.serial('with gateway-serial they are called sequentially', async t => {
  config.faults.add('gateway-serial');
  replyAll();
  const { traceId, status } = await ask(`${gateway.url}/all`);
  t.is(status, 200);
  const made = await calls(traceId);
  t.is(made.length, targets.length);
  t.true(made.slice(1).every(({ start }, index) => start >= (made[index]?.end ?? 0) - 1));
});

test.serial('some that failed make it a 207', async t => {
  reply('root', '/');
  reply('alpha', '/alpha', 500, 'no');
  nock('http://beta.test')
    .get('/beta')
    .replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  reply('redis', '/redis');
  replyOthers();
  const { status, text } = await ask(`${gateway.url}/all`);
  t.is(status, 207);
  t.like(JSON.parse(text), {
    root: { status: 200 },
    alpha: { status: 500, body: 'no' },
    beta: { status: 502, body: 'The function beta cannot be reached.' },
    redis: { status: 200 },
  });
});

test.serial('all that failed make it a 502', async t => {
  reply('root', '/', 500);
  reply('alpha', '/alpha', 500);
  reply('beta', '/beta', 503);
  reply('redis', '/redis', 503);
  replyOthers(500);
  t.is((await ask(`${gateway.url}/all`)).status, 502);
});
