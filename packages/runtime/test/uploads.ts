/** Uploads and streams: limited by their progress. */
import { once } from 'node:events';
import net from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { serveFunction, spansOf, startRuntime } from '../../../test/helpers/functions.ts';
import { talkTo, untilHeard } from '../../../test/helpers/talk.ts';
import { exchange, isProblem } from './helpers/exchange.ts';

await startRuntime();
const framework = await import('@google-cloud/functions-framework');
const { http } = await import('../src/index.ts');
const { config } = await import('../src/config.ts');
const { currentInvocation } = await import('../src/invocation.ts');
const { readConfig } = await import('../src/settings.ts');
const { uploadLimit } = await import('../src/upload.ts');
Object.assign(uploadLimit, { windowMs: 300, leastBytes: 100 });
config.requestTimeoutMs = 400;

let traceId = '';
framework.http('length', async (req, res) => {
  if (req.query['wait'] !== undefined) return;
  const left = currentInvocation()?.remainingMs() ?? 0;
  res.json({ length: req.rawBody?.length ?? null, left });
});
framework.http('reads', async (req, res) => {
  let length = 0;
  for await (const chunk of req) length += (chunk as Buffer).length;
  res.json({ length });
});
framework.http('events', async (req, res) => {
  traceId = String(res.getHeader('traceresponse')).split('-')[1] ?? '';
  res.type('text/event-stream').flushHeaders();
  const count = Number(req.query['count']);
  for (let index = 0; index < count; index++) {
    res.write(`data: ${index}\n\n`);
    await new Promise(resolve => setTimeout(resolve, 150));
  }
  if (req.query['end'] !== undefined) res.end();
});
http('reads-only', (_req, res) => void res.send('fine'), { methods: ['GET', 'HEAD'] });
const names = ['length', 'reads', 'events', 'reads-only'] as const;
const served = new Map(
  await Promise.all(names.map(async name => [name, await serveFunction(name, false)] as const)),
);
test.after.always(() => Promise.all([...served.values()].map(each => each.close())));
const portOf = (name: (typeof names)[number]): number => served.get(name)?.port ?? 0;

const head = (extra: string, line = 'POST / HTTP/1.1'): string =>
  `${line}\r\nHost: x\r\nConnection: close\r\n${extra}\r\n`;

/** Sends a head, then `count` pieces of `size` bytes, one each 100 ms, and reads until the other side closes. */
async function trickle(t: ExecutionContext, port: number, begin: string, count: number, size: number) {
  const socket = net.connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  let text = '';
  socket.setEncoding('utf8').on('data', data => {
    text += data;
  });
  socket.on('error', () => undefined).write(begin);
  const closed = once(socket, 'close');
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < count && socket.writable) socket.write('x'.repeat(size));
    else clearInterval(timer);
  }, 100);
  await closed;
  clearInterval(timer);
  return text;
}

for (const [name, type] of [
  ['length', 'Content-Type: text/plain\r\n'],
  ['reads', ''],
] as const) {
  test(`an upload that makes progress outlasts the deadline (${name})`, async t => {
    const begin = head(`${type}Content-Length: 1200\r\n`);
    const text = await trickle(t, portOf(name), begin, 12, 100);
    t.regex(text, /^HTTP\/1\.1 200 /);
    t.regex(text, /"length":1200/);
  });

  test(`an upload at ten bytes a window gets 408 (${name})`, async t => {
    const text = await trickle(t, portOf(name), head(`${type}Content-Length: 1000\r\n`), 50, 3);
    t.regex(text, /^HTTP\/1\.1 408 [\s\S]*application\/problem\+json[\s\S]*traceresponse|^HTTP\/1\.1 408 /i);
    t.regex(text, /"status":408/);
  });

  test(`an upload that stops half-way gets 408 (${name})`, async t => {
    const bytes = `${head(`${type}Content-Length: 1000\r\n`)}${'x'.repeat(500)}`;
    isProblem(t, await exchange(portOf(name), bytes), 408);
  });

  test(`chunks that are none are refused at once, as a problem document (${name})`, async t => {
    const bytes = `${head(`${type}Transfer-Encoding: chunked\r\n`)}5\r\nhello\r\nzz\r\n`;
    isProblem(t, await exchange(portOf(name), bytes), 400);
  });

  test(`an upload that its client breaks off ends its span as such (${name})`, async t => {
    const before = performance.now();
    const socket = net.connect(portOf(name), '127.0.0.1');
    socket.on('error', () => undefined);
    const id = (name === 'length' ? 'a' : 'b').repeat(32);
    socket.write(head(`${type}traceparent: 00-${id}-${'1'.repeat(16)}-01\r\nContent-Length: 1000\r\n`));
    socket.write('half', () => socket.resetAndDestroy());
    const [span] = await spansOf(id);
    t.is(span?.attributes['error.type'], 'client_gone');
    t.true(performance.now() - before < 5_000);
  });
}

test('an announced chunk that never comes gets 408 where a function accepts no body', async t => {
  const bytes = head('Transfer-Encoding: chunked\r\n', 'GET / HTTP/1.1');
  isProblem(t, await exchange(portOf('reads-only'), `${bytes}5\r\n`), 408);
});

test('the deadline begins when the body has come', async t => {
  const begin = head('Content-Type: text/plain\r\nContent-Length: 600\r\n');
  const text = await trickle(t, portOf('length'), begin, 6, 100);
  t.true(Number(/"left":(\d+)/.exec(text)?.[1]) > 350, text);
  const late = head('Content-Type: text/plain\r\nContent-Length: 4\r\n', 'POST /?wait HTTP/1.1');
  isProblem(t, await exchange(portOf('length'), `${late}body`), 504);
});

test('an event stream outlasts the deadline for as long as it sends', async t => {
  const { body } = await exchange(portOf('events'), head('', 'GET /?count=8&end HTTP/1.1'));
  t.true(body.includes('data: 7'));
  t.true(body.endsWith('0\r\n\r\n'));
});

test('an event stream that falls silent is cut off, and its span failed', async t => {
  const { body } = await exchange(portOf('events'), head('', 'GET /?count=2 HTTP/1.1'));
  t.true(body.includes('data: 1'));
  t.false(body.endsWith('0\r\n\r\n'));
  const [span] = await spansOf(traceId);
  t.is(span?.status.code, 2);
});

test('100 Continue comes when a body is accepted, and not when it is refused', async t => {
  const expecting = (extra: string) => head(`Expect: 100-continue\r\n${extra}`);
  const one = talkTo(portOf('length'), expecting('Content-Type: text/plain\r\nContent-Length: 4\r\n'));
  await untilHeard(one, '100');
  one.socket.write('body');
  await one.closed;
  t.regex(one.heard(), /^\[HTTP\/1\.1 100\] \[HTTP\/1\.1 200\] \{"length":4/);
  const refused: [(typeof names)[number], string, number][] = [
    ['length', 'Content-Type: text/plain\r\nContent-Length: 99999999\r\n', 413],
    ['reads-only', 'Content-Length: 4\r\n', 405],
  ];
  for (const [name, extra, status] of refused) {
    isProblem(t, await exchange(portOf(name), expecting(extra)), status);
  }
});

test.serial(
  'without a deadline, an upload at ten bytes a window and a slow response are waited for',
  async t => {
    const own = config.requestTimeoutMs;
    t.teardown(() => {
      config.requestTimeoutMs = own;
    });
    config.requestTimeoutMs = readConfig({ REQUEST_TIMEOUT_MS: '0' }).requestTimeoutMs;
    const text = await trickle(
      t,
      portOf('length'),
      head('Content-Type: text/plain\r\nContent-Length: 30\r\n'),
      10,
      3,
    );
    t.regex(text, /^HTTP\/1\.1 200 [\s\S]*"length":30,"left":999999\d{3}\}/);
  },
);
