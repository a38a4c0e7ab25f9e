import dns from 'node:dns';
import net, { type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { selfSigned } from '../faults/upstream/certificate.ts';
import { startRedisServer } from '../local/redis-server.ts';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { startRuntime } from './helpers/functions.ts';

const config = await startRuntime();
const { client, ensureConnected } = await import('../functions/redis/connection.ts');
const stored = await startRedisServer();
test.after.always(() => stored.close());

const { setDefaultCACertificates, getCACertificates } = tls;
const trusted = selfSigned();
setDefaultCACertificates([...getCACertificates('default'), trusted.cert]);

interface SecureRedis {
  port: number;
  /** The server names in the hellos; false for none. */
  names: (string | false)[];
}

async function startSecure(
  t: ExecutionContext,
  host = '127.0.0.1',
  certificate = trusted,
): Promise<SecureRedis> {
  const names: SecureRedis['names'] = [];
  const sockets = new Set<Socket>();
  const SNICallback = (name: string, done: (error: Error | null) => void) => {
    names.push(name);
    done(null);
  };
  const server = tls.createServer({ ...certificate, SNICallback }, (socket: TLSSocket) => {
    if (!socket.servername) names.push(false);
    const onward = net.connect(stored.port, '127.0.0.1');
    for (const side of [socket, onward]) sockets.add(side.on('error', () => undefined));
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
  });
  server.on('tlsClientError', () => undefined);
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: await listenOn(server, 0, host), names };
}

async function ping(url: string): Promise<string> {
  const redis = client(url);
  try {
    await ensureConnected(redis);
    return await redis.ping();
  } finally {
    redis.disconnect();
  }
}

for (const scheme of ['rediss', 'REDISS']) {
  test.serial(`${scheme}://: the hello names the host, and the certificate is for it`, async t => {
    const { port, names } = await startSecure(t);
    t.is(await ping(`${scheme}://localhost:${port}`), 'PONG');
    t.deepEqual(names, ['localhost']);
  });
}

test.serial('an IP address is not named in the hello', async t => {
  const { port, names } = await startSecure(t);
  t.is(await ping(`rediss://127.0.0.1:${port}`), 'PONG');
  t.deepEqual(names, [false]);
});

test.serial('an IPv6 address is neither', async t => {
  const secure = await startSecure(t, '::1').catch(() => undefined);
  if (secure === undefined) {
    t.log('there is no IPv6 here');
    t.pass();
    return;
  }
  t.is(await ping(`rediss://[::1]:${secure.port}`), 'PONG');
  t.deepEqual(secure.names, [false]);
});

test.serial('a certificate for another host, or by nobody who is trusted, is refused', async t => {
  const other = await startSecure(t, '127.0.0.1', selfSigned());
  await t.throwsAsync(ping(`rediss://localhost:${other.port}`));
  const { lookup } = dns;
  t.teardown(() => Object.assign(dns, { lookup }));
  Object.assign(dns, {
    lookup: (_host: string, options: unknown, done: (...args: unknown[]) => void) =>
      (options as { all?: boolean }).all
        ? done(null, [{ address: '127.0.0.1', family: 4 }])
        : done(null, '127.0.0.1', 4),
  });
  const { port, names } = await startSecure(t);
  await t.throwsAsync(ping(`rediss://other.test:${port}`));
  t.deepEqual(new Set(names), new Set(['other.test']));
});

test.serial('a password with every character arrives, with a user and without', async t => {
  const password = `50%25/@:#?ü "'\\`;
  const seen: string[] = [];
  const server = net.createServer(socket => {
    socket
      .on('error', () => undefined)
      .on('data', data => {
        seen.push(String(data));
        socket.destroy();
      });
  });
  t.teardown(() => void server.close());
  const port = await listenOn(server, 0);
  config.redisPassword = password;
  t.teardown(() => {
    config.redisPassword = '';
  });
  for (const [login, user] of [
    ['app@', 'app'],
    ['', undefined],
    [':own@', undefined],
    ['app:own@', 'app'],
  ] as const) {
    seen.length = 0;
    await t.throwsAsync(ping(`redis://${login}127.0.0.1:${port}`));
    const [sent = ''] = seen;
    t.true(sent.includes(`\r\n${login.includes('own') ? 'own' : password}\r\n`), JSON.stringify(sent));
    if (user) t.true(sent.includes(`\r\n${user}\r\n`));
  }
});
