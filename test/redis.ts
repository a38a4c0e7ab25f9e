import test from 'ava';
import { startRedis } from '../local/redis.ts';
import { testRedisFunction } from './helpers/redis-function.ts';

// No PATH to look for a redis-server on: the stand-in.
await testRedisFunction(test, await startRedis(undefined, '', () => undefined));
