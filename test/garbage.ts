import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import test from 'ava';
import { ask, serverOf, startRuntime } from './helpers/functions.ts';
import { startFunctionProcess } from './helpers/process.ts';

await startRuntime();

/** Sends bytes and returns what comes back until the connection ends. */
function exchange(port: number, bytes: Buffer | string): Promise<string> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', data => {
      text += data;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

test('random bytes and too many headers get a 4xx or a closed connection, a thousand times', async t => {
  const root = await startFunctionProcess('root', { LOG_LEVEL: 'error' });
  t.teardown(() => root.child.kill('SIGKILL'));
  for (let round = 0; round < 40; round++) {
    const bytes = Array.from({ length: 25 }, (_, index) =>
      index % 5 === 0
        ? `GET / HTTP/1.1\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`
        : Buffer.concat([randomBytes(300), Buffer.from('\r\n\r\n')]),
    );
    const answers = await Promise.all(bytes.map(each => exchange(root.port, each)));
    for (const answer of answers) t.regex(answer, /^$|^HTTP\/1\.1 4\d\d /);
  }
  t.is((await ask(root.url)).status, 200);
});

test('silent connections, and half requests, are closed', async t => {
  await import('../functions/root/index.ts');
  const { server } = await serverOf('root');
  server.headersTimeout = 300;
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const began = performance.now();
  t.is(await exchange(port, ''), '');
  await exchange(port, 'GET / HTTP/1.1\r\nhost: x\r\nx-half: ');
  t.true(performance.now() - began < 5_000);
});

test('a client that keeps sending requests and reads no response is disconnected', async t => {
  const { config } = await import('../packages/runtime/src/config.ts');
  const { http } = await import('../packages/runtime/src/index.ts');
  http('long', (_req, res) => void res.send('x'.repeat(1_000_000)));
  const { server } = await serverOf('long');
  t.true(server.timeout > config.requestTimeoutMs, 'a function may be silent until its deadline');
  t.true(server.timeout < config.requestTimeoutMs + 30_000);
  server.timeout = 300;
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const accepted = once(server, 'connection');
  const client = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  t.teardown(() => client.destroy());
  client.pause().on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20));
  const [socket] = (await accepted) as [net.Socket];
  await once(socket, 'close');
});

const residentBytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

test('ten thousand silent connections at once leave no memory behind, and the next request gets its response', async t => {
  const root = await startFunctionProcess('root', { LOG_LEVEL: 'error' });
  t.teardown(() => root.child.kill('SIGKILL'));
  for (let warm = 0; warm < 200; warm++) await ask(root.url);
  const before = residentBytes(root.child.pid ?? 0);
  const sockets: net.Socket[] = [];
  for (let round = 0; round < 10; round++) {
    const more = Array.from({ length: 1_000 }, () => net.connect(root.port, '127.0.0.1'));
    for (const socket of more) socket.on('error', () => undefined).resume();
    await Promise.all(more.map(socket => once(socket, 'connect').catch(() => undefined)));
    sockets.push(...more);
  }
  const open = sockets.filter(socket => !socket.closed);
  const closed = open.map(socket => once(socket, 'close').catch(() => undefined));
  for (const socket of open) socket.destroy();
  await Promise.all(closed);
  t.is((await ask(root.url)).status, 200);
  const grown = (residentBytes(root.child.pid ?? 0) - before) / 1024 / 1024;
  t.true(grown < 60, `${grown.toFixed(1)} MiB more`);
});
