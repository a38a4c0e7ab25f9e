import net, { type AddressInfo } from 'node:net';
import test from 'ava';
import { startRuntime } from './helpers/functions.ts';

const config = await startRuntime();
const { client } = await import('../functions/redis/connection.ts');

const cases: [url: string, password: string, sent: string[]][] = [
  ['app@HOST', 'secret', ['app', 'secret']],
  ['HOST', 'secret', ['default', 'secret']],
  ['app@HOST', 'p@ss%2Fw:ö/?#', ['app', 'p@ss%2Fw:ö/?#']],
  ['app:own@HOST', 'secret', ['app', 'own']],
  [':own@HOST', 'secret', ['default', 'own']],
];

for (const [url, password, sent] of cases) {
  test.serial(`redis://${url} with REDIS_PASSWORD=${password} logs in with ${sent.join(' ')}`, async t => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const server = net.createServer(socket => {
      socket.on('error', () => undefined);
      socket.once('data', data => resolve(String(data)));
    });
    await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening));
    config.redisPassword = password;
    const { port } = server.address() as AddressInfo;
    const redis = client(`redis://${url.replace('HOST', `127.0.0.1:${port}`)}`);
    t.teardown(() => {
      redis.disconnect();
      server.close();
    });
    redis.connect().catch(() => undefined);
    const words = (await promise).split('\r\n').filter((_, index) => index > 0 && index % 2 === 0);
    const at = words.findIndex(word => /^auth$/i.test(word));
    t.deepEqual(words.slice(at + 1, at + 3), sent);
  });
}
