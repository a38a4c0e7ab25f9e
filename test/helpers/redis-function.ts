import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TestFn } from 'ava';
import { Redis } from 'ioredis';
import type { Redis as RunningRedis } from '../../local/redis.ts';
import { startSilentServer } from '../../local/silent-server.ts';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './functions.ts';
import { startOrigin } from './origin.ts';
import { startRelay } from './relay.ts';

const start = (span: ReadableSpan) => hrTimeToMilliseconds(span.startTime);
const end = (span: ReadableSpan) => hrTimeToMilliseconds(span.endTime);
const named = (spans: ReadableSpan[], name: string) => spans.filter(span => span.name === name);

/** What tests of one Redis alone go on with. */
export interface ServedRedis {
  /** Where the function redis is. */
  url: string;
  /** Asks the Redis itself. */
  reader: Redis;
}

/** The tests of the function redis, to be run against each Redis there is. */
export async function testRedisFunction(test: TestFn, redis: RunningRedis): Promise<ServedRedis> {
  const config = await startRuntime();
  const relay = await startRelay(Number(new URL(redis.url).port));
  const silent = await startSilentServer();
  const page = await startOrigin((_req, res) => {
    for (let header = 0; header < 60; header++)
      res.setHeader(`X-Header-${header}`, [`first-${header}`, `second-${header}`]);
    res.end('page');
  });
  config.redisUrl = `redis://127.0.0.1:${relay.port}`;
  config.redisLostUrl = `redis://127.0.0.1:${silent.port}`;
  config.upstreamUrl = page.url;
  const served = await serveFunction('redis');
  const reader = new Redis(redis.url);
  test.beforeEach(() => config.faults.clear());
  test.after.always(async () => {
    reader.disconnect();
    await Promise.all([served.close(), page.close(), relay.close(), silent.close(), redis.close()]);
  });

  test.serial('the first fifty headers are stored under their names for a day', async t => {
    await reader.flushall();
    const { status, text } = await ask(served.url);
    t.is(status, 200);
    const { stored } = JSON.parse(text);
    const keys = Object.keys(stored);
    t.is(keys.length, 50);
    t.is(stored['header:x-header-0'], 'first-0, second-0');
    t.deepEqual(await reader.mget(keys), Object.values(stored));
    t.is(await reader.dbsize(), 50);
    for (const key of keys) {
      const ttl = await reader.ttl(key);
      t.true(ttl > 86_000 && ttl <= 86_400, `${key} expires in ${ttl} s`);
    }
  });

  test.serial('it is one round trip on a kept connection, and no span holds a value', async t => {
    await ask(served.url);
    const before = relay.connections;
    const { traceId } = await ask(served.url);
    t.is(relay.connections, before);
    const spans = await spansOf(traceId, 54);
    const server = spanNamed(t, spans, 'GET /redis');
    const commands = spans.filter(span => span.kind === SpanKind.CLIENT);
    t.is(commands.length, 53, 'MULTI, MSET, 50 EXPIRE, EXEC');
    for (const command of commands) isChild(t, command, server);
    const mset = spanNamed(t, spans, 'mset');
    t.like(mset.attributes, {
      'db.system.name': 'redis',
      'db.query.text': 'mset header:x-header-0 [99 other arguments]',
      'server.address': '127.0.0.1',
      'server.port': relay.port,
    });
    const firstEnd = Math.min(...commands.map(end));
    t.true(
      commands.every(span => start(span) < firstEnd),
      'none waits for another’s answer',
    );
    t.false(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events])).includes('first-0'));
  });

  test.serial('sent twice it stores the same', async t => {
    await reader.flushall();
    const first = await ask(served.url);
    const second = await ask(served.url);
    t.is(second.text, first.text);
    t.is(await reader.dbsize(), 50);
  });

  test.serial('with redis-one-by-one it is fifty SETs in a row on a connection of its own', async t => {
    config.faults.add('redis-one-by-one');
    await reader.flushall();
    const before = relay.connections;
    const { status, traceId } = await ask(served.url);
    t.is(status, 200);
    t.is(relay.connections, before + 1);
    t.is(await reader.dbsize(), 50);
    t.true((await reader.ttl('header:x-header-0')) > 86_000);
    const spans = await spansOf(traceId, 52);
    isChild(t, spanNamed(t, spans, 'redis connect'), spanNamed(t, spans, 'GET /redis'));
    const sets = named(spans, 'set');
    t.is(sets.length, 50);
    t.true(sets.slice(1).every((set, index) => start(set) >= end(sets[index] as ReadableSpan) - 0.001));
  });

  test.serial(
    'with redis-lost-primary it first waits a second for an address that never answers',
    async t => {
      config.faults.add('redis-lost-primary');
      const { status, traceId } = await ask(served.url);
      t.is(status, 200);
      const spans = await spansOf(traceId, 55);
      const lost = spanNamed(t, spans, 'redis connect');
      isChild(t, lost, spanNamed(t, spans, 'GET /redis'));
      t.is(lost.status.code, SpanStatusCode.ERROR);
      t.is(lost.attributes['server.port'], silent.port);
      const milliseconds = end(lost) - start(lost);
      t.true(milliseconds >= 990 && milliseconds < 2_000, `${milliseconds} ms`);
      t.true(start(spanNamed(t, spans, 'mset')) >= end(lost));
    },
  );

  for (const away of ['goAway', 'fallSilent'] as const) {
    test.serial(
      `with Redis gone (${away}) the response is 503 within 2 s, and 200 within 2 s of its return`,
      async t => {
        await relay[away]();
        for (const _ of [1, 2, 3]) {
          const began = performance.now();
          const { status, headers, text, traceId } = await ask(served.url);
          t.is(status, 503);
          t.true(performance.now() - began < 2_000);
          t.is(headers.get('retry-after'), '1');
          t.like(JSON.parse(text), { status: 503, detail: 'Redis cannot be used now.', traceId });
          t.is(spanNamed(t, await spansOf(traceId), 'GET /redis').status.code, SpanStatusCode.ERROR);
        }
        await relay.comeBack();
        const back = performance.now();
        let status = 0;
        while (status !== 200 && performance.now() - back < 2_000) ({ status } = await ask(served.url));
        t.is(status, 200);
      },
    );
  }

  test.serial('a connection that has gone silent is given up for another within 2 s', async t => {
    await ask(served.url);
    const before = relay.connections;
    relay.forget();
    t.is((await ask(served.url)).status, 503);
    const since = performance.now();
    let status = 0;
    while (status !== 200 && performance.now() - since < 2_000) ({ status } = await ask(served.url));
    t.is(status, 200);
    t.true(relay.connections > before);
  });

  test.serial('commands that fail say why, and the request’s own span alone has a stack', async t => {
    await ask(served.url);
    relay.forget();
    const { status, traceId } = await ask(served.url);
    t.is(status, 503);
    const spans = await spansOf(traceId, 54);
    const stack = (span: ReadableSpan) => span.events[0]?.attributes?.['exception.stacktrace'];
    t.truthy(stack(spanNamed(t, spans, 'GET /redis')));
    for (const name of ['multi', 'mset', 'exec']) {
      const command = spanNamed(t, spans, name);
      t.is(command.status.code, SpanStatusCode.ERROR);
      t.truthy(command.events[0]?.attributes?.['exception.message']);
      t.is(stack(command), undefined);
    }
  });

  test.serial('a connection that is about to close is waited for to be another', async t => {
    const { client, ensureConnected } = await import('../../functions/redis/connection.ts');
    const closing = client(config.redisUrl);
    await ensureConnected(closing);
    closing.disconnect(true);
    t.is(closing.status, 'ready');
    await ensureConnected(closing);
    t.is(await closing.ping(), 'PONG');
    closing.disconnect();
  });

  test.serial(
    'a hundred requests at once with Redis gone are all answered, and none waits in a queue',
    async t => {
      await relay.goAway();
      const answers = await Promise.all(Array.from({ length: 100 }, () => ask(served.url)));
      t.true(answers.every(({ status }) => status === 503));
      await relay.comeBack();
      const back = performance.now();
      let status = 0;
      while (status !== 200 && performance.now() - back < 2_000) ({ status } = await ask(served.url));
      t.is(status, 200);
    },
  );
  return { url: served.url, reader };
}
