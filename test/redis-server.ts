import test from 'ava';
import { startRedis } from '../local/redis.ts';
import { testRedisFunction } from './helpers/redis-function.ts';

const redis = await startRedis(undefined, process.env['PATH'] ?? '', () => undefined);
if (redis.description.startsWith('redis-server')) {
  await testRedisFunction(test, redis);
} else {
  await redis.close();
  test.skip('the function redis with a real redis-server: there is none on the PATH', () => undefined);
}
