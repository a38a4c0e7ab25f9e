import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { forward, kubectl, read } from '../kubectl.ts';
import { awaitReady } from '../ready.ts';
import { request, succeed } from '../request.ts';
import type { Run } from '../run.ts';

async function withPod<T>(namespace: string, pod: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const { data } = await read(['secret', 'redis-auth', '-n', namespace]);
  const password = Buffer.from(data?.['password'] ?? '', 'base64').toString();
  const way = await forward('-n', namespace, `pod/${pod}`, '6379');
  const redis = new Redis({
    port: way.port,
    host: '127.0.0.1',
    password,
    commandTimeout: 5_000,
    lazyConnect: true,
  });
  redis.on('error', () => undefined); // the command that fails says so
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
    way.stop();
  }
}

/** Reads until it is all there: what a secondary has is behind by a moment, or by a reconnection. */
async function holds(namespace: string, pod: string, stored: Record<string, string>): Promise<void> {
  const keys = Object.keys(stored);
  await withPod(namespace, pod, async redis => {
    let values: (string | null)[] = [];
    for (let tries = 0; tries < 60; tries++) {
      values = await redis.mget(keys);
      if (!values.includes(null)) break;
      await pause(500);
    }
    assert.deepEqual(values, Object.values(stored), `what ${pod} has`);
    assert.ok((await redis.ttl(keys[0] ?? '')) > 0, `what ${pod} has expires some day`);
  });
}

async function store({ gateway }: Run): Promise<Record<string, string>> {
  return JSON.parse((await succeed(gateway, '/redis')).body).stored;
}

export async function secondaries(run: Run): Promise<string> {
  const stored = await store(run);
  const pods = ['redis-secondary-0', 'redis-secondary-1'];
  for (const pod of pods) await holds(run.namespace, pod, stored);
  return `${Object.keys(stored).length} keys on ${pods.join(' and ')}`;
}

export async function primaryReturns(run: Run): Promise<string> {
  const stored = await store(run);
  await kubectl(['delete', 'pod', 'redis-primary-0', '-n', run.namespace, '--wait']);
  const gone = await request(run.gateway, '/redis');
  const primary = await read(['statefulset', 'redis-primary', '-n', run.namespace]);
  await awaitReady(run.namespace, [primary]);
  await holds(run.namespace, 'redis-primary-0', stored);
  await pause(1_000); // the function looks for it again within half a second
  const next = await store(run);
  for (const pod of ['redis-secondary-0', 'redis-secondary-1']) await holds(run.namespace, pod, next);
  return `the data were there, /redis answered ${gone.status} meanwhile and 200 again, and both secondaries follow it`;
}
