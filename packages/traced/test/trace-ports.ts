/** Connections to the ports of `npm start` that say what cannot be read, or hear nothing of what they are told. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import net from 'node:net';
import test from 'ava';
import { get, type Talk, talkTo, untilHeard } from '../../../test/helpers/talk.ts';
import { listenBounded } from '../src/dev/traces/bounded-server.ts';
import { FairBudget } from '../src/dev/traces/fair-budget.ts';
import { readBody } from '../src/dev/traces/request-body.ts';

const chunkedPost = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';

type Tester = { teardown(end: () => unknown): void };

async function serve(t: Tester, listener: RequestListener): Promise<(bytes: string) => Talk> {
  const server = await listenBounded(listener, 0, '127.0.0.1');
  t.teardown(() => server.close());
  return bytes => {
    const talk = talkTo(server.port, bytes);
    t.teardown(() => talk.socket.destroy());
    return talk;
  };
}

const behind: [what: string, bytes: string, status: number][] = [
  ['a request that is not HTTP', '\0\x01\r\n\r\n', 400],
  ['a header that is too long', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ['a body that is not chunked as it says', `${chunkedPost}no size\r\n`, 400],
];
for (const [what, bytes, status] of behind) {
  test(`${what}, behind a request to a port of npm start, is refused after that one’s response`, async t => {
    const goOn = Promise.withResolvers<void>();
    const talk = await serve(t, async (request, response) => {
      if (request.url === '/at-once') return void response.end('at once');
      if (request.method === 'POST') return void request.resume();
      response.write('one half,');
      await goOn.promise;
      response.end('the other');
    });
    const one = talk(get('/first'));
    await untilHeard(one, 'one half,');
    one.socket.write(bytes, 'latin1');
    // What comes later by another way is answered, so what came before has been read.
    for (let times = 0; times < 3; times++) await untilHeard(talk(get('/at-once')), 'at once');
    goOn.resolve();
    await one.closed;
    t.is(one.heard(), `[HTTP/1.1 200] 9\r\none half,\r\n9\r\nthe other\r\n0\r\n\r\n[HTTP/1.1 ${status}] `);
  });
}

for (const [when, first] of [
  ['at once', ''],
  ['later', '1\r\nx\r\n'],
]) {
  test(`a request whose body turns out ${when} to be unreadable gets one response`, async t => {
    const talk = await serve(t, async (_request, response) => {
      await undefined;
      response.writeHead(415).end('no');
    });
    const one = talk(chunkedPost + (first || 'no size\r\n'));
    await untilHeard(one, '[');
    one.socket.write(`no size\r\n${get('/behind')}`);
    await one.closed;
    t.regex(one.heard(), /^\[HTTP\/1\.1 4\d\d\] [^[]*$/);
  });
}

for (const [what, limit, most, status] of [
  ['too large', 1_000, 1_000_000, 413],
  ['one too many at a time', 1_000_000, 1_000, 503],
] as const) {
  test(`a request behind one whose body is ${what} is answered`, async t => {
    const budget = new FairBudget(most);
    const talk = await serve(t, async (request, response) => {
      await readBody(request, limit, budget.open()).catch(error => {
        response.statusCode = error.status;
      });
      response.end('!');
    });
    const chunk = `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`;
    const one = talk(`${chunkedPost}${chunk.repeat(5)}0\r\n\r\n${get('/behind')}`);
    await untilHeard(one, '[HTTP/1.1 200] !');
    t.is(one.heard(), `[HTTP/1.1 ${status}] ![HTTP/1.1 200] !`);
  });
}

test('who is refused and still sends gets the whole answer, and no reset', async t => {
  const server = await listenBounded((_request, response) => void response.end(), 0, '127.0.0.1');
  t.teardown(() => server.close());
  const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  let failed: Error | undefined;
  socket.on('error', error => {
    failed = error;
  });
  socket.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`);
  await once(socket, 'data');
  const closed = once(socket, 'close');
  for (let times = 0; times < 20; times++) {
    socket.write('x'.repeat(100));
    await new Promise(setImmediate);
  }
  socket.end();
  await closed;
  t.is(failed, undefined);
});

test('a client that reads no response of a port of npm start is disconnected', async t => {
  const asked = Promise.withResolvers<IncomingMessage>();
  const talk = await serve(t, (request, response) => {
    asked.resolve(request);
    response.end('x'.repeat(1_000_000));
  });
  talk(get('/').repeat(20)).socket.pause();
  const { socket } = await asked.promise;
  t.true(socket.timeout !== undefined && socket.timeout > 0 && socket.timeout < 60_000);
  socket.setTimeout(300);
  await once(socket, 'close');
});
