import test from 'ava';
import { startRedis } from '../local/redis.ts';
import { ask } from './helpers/functions.ts';
import { testRedisFunction } from './helpers/redis-function.ts';

const redis = await startRedis(undefined, process.env['PATH'] ?? '', () => undefined);
if (redis.description.startsWith('redis-server')) {
  const { url, reader } = await testRedisFunction(test, redis);

  test.serial(
    'a primary that became a replica, and takes no writes, is left for whoever is at its address',
    async t => {
      await ask(url);
      const clients = async () =>
        [...String(await reader.client('LIST')).matchAll(/^id=(\d+)/gm)].map(([id]) => id);
      const before = await clients();
      await reader.replicaof('127.0.0.1', 1);
      t.is((await ask(url)).status, 503);
      await reader.replicaof('NO', 'ONE');
      t.is((await ask(url)).status, 200);
      const after = await clients();
      t.is(before.filter(id => !after.includes(id)).length, 1, 'its connection to it is another');
    },
  );
} else {
  await redis.close();
  test.skip('the function redis with a real redis-server: there is none on the PATH', () => undefined);
}
