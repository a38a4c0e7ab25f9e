/** What one connection, and many idle ones, can take up. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ask, serveFunction, startRuntime } from '../../../test/helpers/functions.ts';
import { startFunctionProcess } from '../../../test/helpers/process.ts';
import { get, talkTo } from '../../../test/helpers/talk.ts';

await startRuntime();
const { http } = await import('../src/index.ts');
const { mostInFlight } = await import('../src/in-flight.ts');
const { connectionLimits } = await import('../src/limits.ts');

let running = 0;
http('slow', async (_req, res) => {
  running++;
  await new Promise(resolve => setTimeout(resolve, 2));
  running--;
  res.send('fine');
});
const slow = await serveFunction('slow', false);
test.after.always(() => slow.close());

const residentMiB = (pid = 0): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test.serial(
  '40,000 requests behind each other on a connection run a few at a time, get their responses in order, and take little memory',
  async t => {
    const { child, port, url } = await startFunctionProcess('slow', {
      FUNCTION_SOURCE: fileURLToPath(new URL('./sources/slow.ts', import.meta.url)),
      OTEL_TRACES_EXPORTER: 'none',
      // As Node has it where a container may have 128 MiB.
      NODE_OPTIONS: '--max-old-space-size=64',
    });
    t.teardown(() => child.kill('SIGKILL'));
    for (let warm = 0; warm < 200; warm++) await ask(url);
    const before = residentMiB(child.pid);
    let peak = before;
    const timer = setInterval(() => {
      peak = Math.max(peak, residentMiB(child.pid));
    }, 20);
    const numbers = Array.from({ length: 40_000 }, (_, n) => n);
    const socket = net.connect(port, '127.0.0.1');
    socket.write(numbers.map(n => get(`/?n=${n}`)).join(''));
    const heard: number[] = [];
    let most = 0;
    let rest = '';
    for await (const data of socket) {
      const parts = (rest + data).split('>');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const [n, atOnce] = part.slice(part.lastIndexOf('<') + 1).split(' ');
        heard.push(Number(n));
        most = Math.max(most, Number(atOnce));
      }
      if (heard.length === numbers.length) break;
    }
    clearInterval(timer);
    t.deepEqual(heard, numbers);
    t.true(most <= mostInFlight, `${most} at once`);
    t.log(`${(peak - before).toFixed(0)} MiB more at most`);
    t.true(peak - before < 64, `${(peak - before).toFixed(0)} MiB more`);
  },
);

test.serial('a connection whose client leaves with requests waiting leaves nothing running', async t => {
  const talk = talkTo(slow.port, get('/').repeat(5_000));
  while (running < mostInFlight) await new Promise(setImmediate);
  talk.socket.destroy();
  while (running > 0) await new Promise(setImmediate);
  t.is((await ask(slow.url)).status, 200);
});

for (const request of [get('/healthz'), get('/')]) {
  test.serial(`idle connections make room for others (after ${request.split('\r\n', 1)})`, async t => {
    const sockets: net.Socket[] = [];
    t.teardown(() => {
      for (const socket of sockets) socket.destroy();
    });
    for (let index = 0; index < connectionLimits.most; index++) {
      const socket = net.connect(slow.port, '127.0.0.1').on('error', () => undefined);
      sockets.push(socket);
      socket.write(request);
      await once(socket, 'data');
    }
    for (let times = 0; times < 100; times++) {
      const other = net.connect(slow.port, '127.0.0.1').on('error', () => undefined);
      sockets.push(other);
      other.write(get('/'));
      const [answer] = await once(other, 'data');
      t.regex(String(answer), /^HTTP\/1\.1 200 /);
    }
    t.true(sockets.at(-1)?.readable);
    t.true(sockets.filter(socket => socket.closed).length >= 100);
  });
}

test.serial('connections with a request under way are not closed to make room', async t => {
  const busy = talkTo(slow.port, get('/').repeat(2_000));
  const idle: net.Socket[] = [];
  t.teardown(() => {
    for (const socket of idle) socket.destroy();
  });
  for (let index = 0; index < connectionLimits.most; index++) {
    const socket = net.connect(slow.port, '127.0.0.1').on('error', () => undefined);
    idle.push(socket);
    socket.write(get('/healthz'));
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  }
  while (busy.heard().split('[HTTP/1.1 200]').length <= 2_000) await once(busy.socket, 'data');
  busy.socket.destroy();
  t.pass();
});
