import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { Redis } from 'ioredis';
import { startRedis } from '../local/redis.ts';
import { startSearchPage } from '../local/search-page.ts';
import { startSilentServer } from '../local/silent-server.ts';
import { freePorts } from '../packages/traced/src/dev/listen.ts';

async function fetchPage(port: number, agent?: Agent): Promise<IncomingMessage & { text: string }> {
  const [response] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return Object.assign(response, { text });
}

test('the search page answers 60 headers and may be kept for a minute', async t => {
  const page = await startSearchPage();
  const agent = new Agent({ keepAlive: true });
  const response = await fetchPage(page.port, agent);
  t.is(response.statusCode, 200);
  t.is(response.rawHeaders.length / 2, 60);
  t.is((await fetchPage(page.port, new Agent())).rawHeaders.length / 2, 60);
  t.is(response.headers['cache-control'], 'max-age=60');
  t.regex(response.text, /^<!doctype html>/);
  agent.destroy();
  await page.close();
});

test('the search page takes 120 ms', async t => {
  const page = await startSearchPage();
  const startedAt = performance.now();
  await fetchPage(page.port);
  const milliseconds = performance.now() - startedAt;
  t.true(milliseconds >= 118, `${milliseconds} ms`);
  await page.close();
});

test('the search page closes at once, whatever it is answering', async t => {
  const page = await startSearchPage();
  const request = get({ port: page.port, host: '127.0.0.1' });
  const failed = once(request, 'error');
  await once(request, 'socket').then(([socket]) => once(socket, 'connect'));
  await page.close();
  await failed.catch(() => {});
  await t.throwsAsync(once(connect(page.port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});

test('the silent server takes connections, never answers and closes at once', async t => {
  const silent = await startSilentServer();
  const socket = connect(silent.port, '127.0.0.1');
  await once(socket, 'connect');
  let answered = false;
  socket.on('data', () => {
    answered = true;
  });
  const closed = once(socket, 'close');
  socket.write('PING\r\n');
  // That a second connection is taken and the first one still there is as much silence as can be seen.
  await once(connect(silent.port, '127.0.0.1'), 'connect');
  t.false(socket.destroyed);
  await silent.close();
  await closed;
  t.false(answered);
});

test('the silent server drops the oldest connection when there are too many', async t => {
  const silent = await startSilentServer({ maxConnections: 2 });
  const sockets = [];
  for (let n = 0; n < 3; n += 1) {
    const socket = connect(silent.port, '127.0.0.1');
    await once(socket, 'connect');
    sockets.push(socket.resume());
  }
  if (sockets[0]?.closed === false) await once(sockets[0], 'close');
  t.deepEqual(
    sockets.map(socket => socket.closed),
    [true, false, false],
  );
  await silent.close();
});

test('free ports are all different, and a taken one is an error that names it', async t => {
  const names = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`, 0]));
  t.is(new Set(Object.values(await freePorts(names))).size, 50);
  const page = await startSearchPage();
  await t.throwsAsync(freePorts({ a: 0, b: page.port }), { code: 'EADDRINUSE' });
  await page.close();
});

test('a given Redis is used as it is', async t => {
  const redis = await startRedis('redis://example.test:1', '', () => {});
  t.is(redis.url, 'redis://example.test:1');
  await redis.close();
});

test('without a redis-server on the PATH there is a stand-in, and it says so', async t => {
  const redis = await startRedis(undefined, '/nowhere', () => {});
  t.regex(redis.description, /stand-in.*no redis-server on the PATH/);
  const client = new Redis(redis.url);
  t.is(await client.set('key', 'value'), 'OK');
  client.disconnect();
  await redis.close();
});

test('a redis-server that does not start is replaced by the stand-in, with a warning', async t => {
  const warnings: string[] = [];
  const folder = fileURLToPath(new URL('helpers/broken-redis', import.meta.url));
  const path = `${folder}:${process.env['PATH']}`;
  const redis = await startRedis(undefined, path, line => warnings.push(line));
  t.regex(redis.description, /stand-in/);
  t.regex(warnings.join('\n'), /did not start: .*out of luck/);
  await redis.close();
});

test('the redis-server from the PATH keeps nothing on disk and is gone after close', async t => {
  const redis = await startRedis(undefined, process.env['PATH'] ?? '', () => {});
  if (!redis.description.startsWith('redis-server')) {
    t.log('skipped: no redis-server on the PATH');
    t.pass();
    return redis.close();
  }
  const client = new Redis(redis.url);
  const [, folder = ''] = (await client.config('GET', 'dir')) as string[];
  t.deepEqual(await client.config('GET', 'save'), ['save', '']);
  client.disconnect();
  await redis.close();
  t.false(existsSync(folder));
  const { port } = new URL(redis.url);
  await t.throwsAsync(once(connect(Number(port), '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});
