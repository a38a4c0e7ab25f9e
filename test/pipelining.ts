/** Requests that come one behind the other on a connection, before the first is answered. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { HttpFunction } from '@google-cloud/functions-framework';
import test from 'ava';
import { ask, serveFunction, serverOf, startRuntime } from './helpers/functions.ts';
import { get, type Talk, talkTo, untilHeard } from './helpers/talk.ts';

await startRuntime();
const { http } = await import('../packages/runtime/src/index.ts');

let goOn = Promise.withResolvers<void>();
const taken: string[] = [];
const halves: HttpFunction = async (req, res) => {
  taken.push(req.url);
  if (req.url === '/at-once') return void res.end('at once');
  res.write('one half,');
  if (req.url === '/breaks-off') throw new Error('half of it is enough');
  await goOn.promise;
  res.end('the other');
};
http('halves', halves, { methods: ['GET', 'HEAD'] });
const served = await serveFunction('halves', false);
test.beforeEach(() => {
  goOn = Promise.withResolvers();
});
test.after.always(() => served.close());

const talk = (bytes: string): Talk => talkTo(served.port, bytes);

/** Waits until the other side has read what was sent to it: what comes later by another way is answered. */
async function untilRead(): Promise<void> {
  for (let times = 0; times < 3; times++) await ask(`${served.url}/at-once`);
}

const behind: [what: string, bytes: string, then: RegExp][] = [
  ['a request that is not HTTP', '\0\x01\r\n\r\n', /\[HTTP\/1\.1 400\] \{.*\}\n$/],
  [
    'a header that is too long',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    /\[HTTP\/1\.1 431\] \{.*\}\n$/,
  ],
  ['CONNECT', 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n', /\[HTTP\/1\.1 400\] \{.*\}\n$/],
];
for (const [what, bytes, then] of behind) {
  test.serial(
    `${what}, behind a request, is refused after that one’s response, and not within it`,
    async t => {
      const one = talk(get('/'));
      await untilHeard(one, 'one half,');
      one.socket.write(bytes, 'latin1');
      await untilRead();
      goOn.resolve();
      await one.closed;
      const answer = '[HTTP/1.1 200] 9\r\none half,\r\n9\r\nthe other\r\n0\r\n\r\n';
      t.is(one.heard().slice(0, answer.length), answer);
      t.regex(one.heard().slice(answer.length), then);
    },
  );
}

for (const [what, refused] of [
  ['another method', 'POST / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a body', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody'],
  ['a chunked body', 'GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
]) {
  test.serial(`a request behind one that is refused for ${what} is not taken up`, async t => {
    const one = talk(`${refused}${get('/smuggled')}`);
    await one.closed;
    t.regex(one.heard(), /^\[HTTP\/1\.1 4\d\d\] \{[^{]*$/);
    await untilRead();
    t.false(taken.includes('/smuggled'));
  });
}

test.serial('a response that breaks off before its turn ends its connection', async t => {
  const one = talk(`${get('/')}${get('/breaks-off')}${get('/at-once')}`);
  await one.closed;
  t.false(one.heard().includes('at once'));
});

test('who connected before the listener closed has its first request answered', async t => {
  const closing = await serverOf('halves');
  await new Promise<void>(resolve => closing.server.listen(0, '127.0.0.1', resolve));
  const { port } = closing.server.address() as AddressInfo;
  const socket = net.connect(port, '127.0.0.1');
  await once(closing.server, 'connection');
  closing.announceClose();
  const closed = closing.close();
  while (closing.server.listening) await new Promise(setImmediate);
  socket.write(get('/at-once'));
  const [answer] = await once(socket, 'data');
  t.regex(String(answer), /^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n[\s\S]*at once$/i);
  await closed;
});
