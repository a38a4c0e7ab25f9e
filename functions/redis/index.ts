import {
  currentInvocation,
  HttpError,
  http,
  log,
  onStop,
  type Request,
  type Response,
} from '@traced-functions/runtime';
import { page } from '../shared/page.ts';
import { config, fault } from '../shared/settings.ts';
import { client, connect, onConnection } from './connection.ts';

const day = 86_400;
const mostHeaders = 50;

const kept = client(config.redisUrl);
kept.connect().catch(() => undefined); // so that it is there before the first request; it goes on trying by itself
onStop(() => kept.disconnect());

type Headers = Record<string, string>;

/** v2: one round trip, all or nothing, on the kept connection. */
async function storeAtOnce(stored: Headers): Promise<void> {
  const keys = Object.keys(stored);
  await onConnection(kept, async () => {
    const transaction = kept.multi().mset(stored);
    for (const key of keys) transaction.expire(key, day);
    const results = await transaction.exec();
    const failed = results?.find(([error]) => error)?.[0];
    if (failed) throw failed;
    if (results?.length !== keys.length + 1) throw new Error('Redis gave the results of another transaction');
  });
}

/** v1: a new connection, and 50 round trips. */
async function storeOneByOne(stored: Headers): Promise<void> {
  const redis = client(config.redisUrl);
  try {
    await connect(redis);
    for (const [key, value] of Object.entries(stored)) {
      currentInvocation()?.signal.throwIfAborted();
      await redis.set(key, value, 'EX', day);
    }
  } finally {
    redis.disconnect();
  }
}

/** v1: the address of a primary that is no more, and that nobody took out of the settings. */
async function tryLostPrimary(): Promise<void> {
  const lost = client(config.redisLostUrl);
  await connect(lost).catch(() => log.warning('the first Redis address does not respond'));
  lost.disconnect();
}

async function handle(_req: Request, res: Response): Promise<void> {
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
}

http('redis', handle, { methods: ['GET', 'HEAD'] });
