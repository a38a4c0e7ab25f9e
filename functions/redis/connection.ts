import { once } from 'node:events';
import { isIP } from 'node:net';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { log, tracer } from '@traced-functions/runtime';
import { Redis, type RedisOptions, ReplyError } from 'ioredis';
import { config } from '../shared/settings.ts';

const limitMs = 1_000;

/** A Redis that does not know AUTH repeats it in its answer, password and all: only the words before are kept. */
function withoutPassword(error: Error): Error {
  if (!(error instanceof ReplyError)) return error;
  return new Error(`Redis does not take the connection: ${/^[A-Za-z -]*/.exec(error.message)?.[0].trim()}`);
}

/** The URL with REDIS_PASSWORD if it has no password: ioredis would use the empty one of a URL that has only a user. */
function withPassword(url: string): URL {
  const address = new URL(url);
  if (address.password === '') address.password = encodeURIComponent(config.redisPassword);
  return address;
}

/**
 * TLS for rediss://, with the host name in the TLS hello (SNI), which ioredis leaves out
 * (https://github.com/redis/ioredis/issues/948). SNI must not contain an IP address (RFC 6066, 3).
 */
function tlsOf({ protocol, hostname }: URL): Pick<RedisOptions, 'tls'> {
  if (protocol !== 'rediss:') return {};
  const host = hostname.replace(/^\[|\]$/g, '');
  return { tls: isIP(host) ? {} : { servername: host.replace(/\.$/, '') } };
}

/** No queue and no resending: a command that can't be sent now fails now, and the request with it. */
export function client(url: string): Redis {
  const address = withPassword(url);
  const redis = new Redis(address.href, {
    ...tlsOf(address),
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: limitMs,
    commandTimeout: limitMs,
    // A primary that is lost without a word leaves a connection that looks fine until the kernel gives it up, which
    // takes a quarter of an hour; one that became a replica keeps its connections, and refuses what they write.
    socketTimeout: limitMs,
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
    retryStrategy: tries => Math.min(50 * 2 ** tries, 500) * (0.5 + Math.random() / 2),
  });
  redis.setMaxListeners(0); // one for each request that waits for the connection
  redis.on('error', error => {
    log.debug('redis connection', { reason: withoutPassword(error).message });
    // A reply without a command: ioredis goes on, and later replies would go to the wrong commands
    // (https://github.com/redis/ioredis/issues/1981).
    if (error.message.startsWith('Command queue state error')) redis.stream.destroy();
  });
  return redis;
}

/**
 * Runs commands on a connection and replaces the connection if they fail: late or unsolicited replies would go to the
 * next request's commands, because ioredis keeps a connection after a timeout
 * (https://github.com/redis/ioredis/issues/1622).
 * @throws what they failed with
 */
export async function onConnection<T>(redis: Redis, commands: () => Promise<T>): Promise<T> {
  await ensureConnected(redis);
  const { stream } = redis;
  try {
    return await commands();
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** Connects unless it is connected, as `connect` does. A connection that is about to close is ready by its status. */
export async function ensureConnected(redis: Redis): Promise<void> {
  if (redis.status !== 'ready' || !redis.stream.writable) await connect(redis);
}

/**
 * Waits until the connection can be used.
 * @throws what kept it from that, or a TimeoutError after a second
 */
export function connect(redis: Redis): Promise<void> {
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
      throw withoutPassword(cause as Error);
    } finally {
      span.end();
    }
  });
}
