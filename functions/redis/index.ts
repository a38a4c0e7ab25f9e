import { once } from 'node:events';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { config, fault, HttpError, http, log, onStop, page, tracer } from '#runtime';

const day = 86_400;
const limitMs = 1_000;
const mostHeaders = 50;

/** No queue and no resending: a command that can't be sent now fails now, and the request with it. */
function client(url: string): Redis {
  const redis = new Redis(url, {
    ...(config.redisPassword === '' ? {} : { password: config.redisPassword }),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    retryStrategy: tries => Math.min(50 * 2 ** tries, 500) * (0.5 + Math.random() / 2),
  });
  redis.setMaxListeners(0); // one for each request that waits for the connection
  redis.on('error', error => log.debug('redis connection', { reason: error.message }));
  return redis;
}

const kept = client(config.redisUrl);
onStop(() => kept.disconnect());

/** Waits until the connection can be used, at most `limitMs`. */
function connect(redis: Redis): Promise<void> {
  const { host, port } = redis.options;
  const attributes = { 'db.system.name': 'redis', 'server.address': host ?? '', 'server.port': port ?? 0 };
  const options = { kind: SpanKind.CLIENT, attributes };
  return tracer.startActiveSpan('redis connect', options, async span => {
    try {
      const ready = once(redis, 'ready', { signal: AbortSignal.timeout(limitMs) });
      // A connection outlives the request that opened it, so its own commands and retries belong to no trace.
      if (redis.status === 'wait') context.with(ROOT_CONTEXT, () => redis.connect().catch(() => undefined));
      await ready;
    } catch (cause) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: `no usable connection within ${limitMs} ms` });
      throw cause;
    } finally {
      span.end();
    }
  });
}

type Headers = Record<string, string>;

/** v2: one round trip, all or nothing, on the kept connection. */
async function storeAtOnce(stored: Headers): Promise<void> {
  if (kept.status !== 'ready') await connect(kept);
  const transaction = kept.multi().mset(stored);
  for (const key of Object.keys(stored)) transaction.expire(key, day);
  const failed = (await transaction.exec())?.find(([error]) => error)?.[0];
  if (failed) throw failed;
}

/** v1: a new connection, and 50 round trips. */
async function storeOneByOne(stored: Headers): Promise<void> {
  const redis = client(config.redisUrl);
  try {
    await connect(redis);
    for (const [key, value] of Object.entries(stored)) await redis.set(key, value, 'EX', day);
  } finally {
    redis.disconnect();
  }
}

/** v1: the address of a primary that is no more, and that nobody took out of the settings. */
async function tryLostPrimary(): Promise<void> {
  const lost = client(config.redisLostUrl);
  await connect(lost).catch(() => log.warning('the first Redis address does not answer'));
  lost.disconnect();
}

http('redis', async (_req, res) => {
  const { headers } = await page();
  const first = Object.entries(headers).slice(0, mostHeaders);
  const stored = Object.fromEntries(first.map(([name, value]) => [`header:${name}`, value]));
  try {
    if (fault('redis-lost-primary')) await tryLostPrimary();
    if (first.length > 0) await (fault('redis-one-by-one') ? storeOneByOne(stored) : storeAtOnce(stored));
  } catch (cause) {
    throw new HttpError(503, 'Redis cannot be used now.', { headers: { 'retry-after': '1' }, cause });
  }
  res.json({ stored });
});
