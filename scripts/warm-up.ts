/** What the exercise's functions find while their bundles are warmed up: stand-ins for whatever they call. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRedisServer } from '../local/redis-server.ts';

export default async function startStandIns() {
  const server = createServer((req, res) => req.resume().on('end', () => res.end('fine')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const redis = await startRedisServer();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: {
      UPSTREAM_URL: url,
      ROOT_URL: url,
      ALPHA_URL: url,
      BETA_URL: url,
      REDIS_FUNCTION_URL: url,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    },
    async close() {
      server.close().closeAllConnections();
      await redis.close();
    },
  };
}
