/** Clients that keep what others need: memory, connections, the decoder, and responses that they do not read. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { get, talkTo, untilHeard } from '../../../test/helpers/talk.ts';
import { listenBounded } from '../src/dev/traces/bounded-server.ts';
import { Decoder } from '../src/dev/traces/decoder.ts';
import { FairBudget } from '../src/dev/traces/fair-budget.ts';
import { jsonRequest, jsonSpan } from './helpers/otlp-cases.ts';
import { type Backend, newID, startBackend, storedSpan } from './helpers/trace-backend.ts';

const MEBIBYTE = 1024 * 1024;
type Tester = { teardown(end: () => unknown): void };

async function open(t: Tester, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const batch = () => JSON.stringify(jsonRequest([], [jsonSpan(newID(16))]));

function post(
  backend: Backend,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return fetch(`${backend.otlp}/v1/traces`, { method: 'POST', headers: all, body: body as never });
}

/** Begins a body of 16 MiB again and again, and sends so much of it. */
async function hold(t: Tester, port: number, bytes: number, isOver: () => boolean): Promise<void> {
  const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${16 * MEBIBYTE}\r\n\r\n`;
  while (!isOver()) {
    const socket = connect(port, '127.0.0.1');
    t.teardown(() => socket.destroy());
    const closed = new Promise(resolve => socket.on('error', () => {}).once('close', resolve));
    socket.once('data', () => socket.destroy());
    socket.write(head);
    socket.write(Buffer.alloc(bytes, ' '));
    await closed;
  }
}

for (const [share, holders] of [
  [0.5, 4],
  [0.99, 4],
  [0.5, 16],
  [0.1, 60],
] as const) {
  test.serial(
    `honest batches are taken while ${holders} clients hold ${share * 100} % of a body each`,
    async t => {
      const backend = await startBackend(t);
      let isOver = false;
      const holding = Array.from({ length: holders }, () =>
        hold(t, backend.otlpPort, Math.floor(share * 16 * MEBIBYTE), () => isOver),
      );
      const statuses = new Set<number>();
      const until = performance.now() + 1_500;
      while (performance.now() < until) {
        statuses.add((await post(backend, batch())).status);
        statuses.add((await post(backend, gzipSync(batch()), { 'content-encoding': 'gzip' })).status);
      }
      isOver = true;
      t.deepEqual([...statuses], [200]);
      await backend.close();
      await Promise.all(holding);
    },
  );
}

test('of clients that share memory, the one that has most gives way, and one that has less is kept', t => {
  const budget = new FairBudget(100);
  const revoked: string[] = [];
  const share = (name: string, bytes: number) => {
    const opened = budget.open();
    opened.onRevoke(() => revoked.push(name));
    opened.take(bytes);
    return opened;
  };
  share('much', 60);
  share('little', 30);
  share('new', 20);
  t.deepEqual(revoked, ['much']);
  t.throws(() => share('greedy', 90), { message: /send again later/ });
  share('as much as there is', 50);
  t.deepEqual(revoked, ['much']);
});

test('memory is taken first from what a client is slow to send, and not from what waits to be read', async t => {
  const budget = new FairBudget(100);
  const revoked: string[] = [];
  for (const name of ['sent slowly', 'received']) {
    const share = budget.open();
    share.onRevoke(() => revoked.push(name));
    share.take(10);
    share.isTransferring = name === 'sent slowly';
  }
  await new Promise(resolve => setTimeout(resolve, 1_100));
  const large = budget.open();
  large.take(90);
  t.deepEqual(revoked, ['sent slowly']);
  t.throws(() => large.take(10), { message: /send again later/ });
  t.deepEqual(revoked, ['sent slowly']);
});

test('memory that nobody can take back is not given to others', t => {
  const budget = new FairBudget(100);
  const fixed = budget.open();
  fixed.take(90);
  const other = budget.open();
  t.throws(() => other.take(20), { message: /send again later/ });
  fixed.close();
  budget.open().take(100);
  t.pass();
});

const stuck = new URL('./helpers/sources/stuck-worker.ts', import.meta.url);
const document = (bytes: number) => ({ format: 'json' as const, body: new Uint8Array(bytes) });

test('a document that takes too long is refused and logged, and the next one is read', async t => {
  const logged: unknown[] = [];
  const decoder = new Decoder({ program: stuck, withinMs: 300, log: (...line) => logged.push(line) });
  t.teardown(() => decoder.close());
  const budget = new FairBudget(MEBIBYTE);
  const hostile = decoder.decode(document(1), budget.open());
  const honest = decoder.decode(document(100), budget.open());
  await t.throwsAsync(hostile, { message: /takes longer than 300 ms/ });
  t.deepEqual(await honest, []);
  t.is(decoder.givenUp, 1);
  t.is(logged.length, 1);
});

test('the smallest document is read first, and closing ends at once whatever is read', async t => {
  const decoder = new Decoder({ program: stuck });
  const budget = new FairBudget(MEBIBYTE);
  const order: number[] = [];
  const reading = [5, 1_000, 10, 100].map(async bytes => {
    await decoder.decode(document(bytes), budget.open());
    order.push(bytes);
  });
  await Promise.all(reading);
  t.deepEqual(order, [5, 10, 100, 1_000]);
  const hostile = decoder.decode(document(1), budget.open());
  const refused = t.throwsAsync(hostile);
  const began = performance.now();
  await decoder.close();
  await refused;
  t.true(performance.now() - began < 2_000);
});

test('the query port is served while a hostile document is read', async t => {
  const backend = await startBackend(t);
  const spans = Array.from({ length: 20_000 }, () => ({}));
  let isOver = false;
  const reading = post(backend, JSON.stringify(jsonRequest([], spans as never))).then(response => {
    isOver = true;
    return response.status;
  });
  let served = 0;
  while (!isOver) {
    await (await fetch(`${backend.query}/api/services`)).text();
    served++;
  }
  t.is(await reading, 200);
  t.true(served > 5, `${served}`);
});

const tooMuch: [what: string, spans: unknown[]][] = [
  ['spans', Array.from({ length: 100_001 }, () => ({}))],
  ['attributes of a span', [{ attributes: Array.from({ length: 20_001 }, () => ({ key: 'a' })) }]],
  ['events of a span', [{ events: Array.from({ length: 20_001 }, () => ({})) }]],
  ['links of a span', [{ links: Array.from({ length: 20_001 }, () => ({})) }]],
  ['characters of a name', [{ name: 'x'.repeat(65_537) }]],
];
for (const [what, spans] of tooMuch) {
  test.serial(`too many ${what} are refused with 413`, async t => {
    const backend = await startBackend(t);
    const response = await post(backend, JSON.stringify(jsonRequest([], spans as never)));
    t.is(response.status, 413);
    t.regex(((await response.json()) as { message: string }).message, /at most \d+/);
    t.is(backend.store.counters.spans, 0);
  });
}

test('a large trace is shown as it is stored, while others are served', async t => {
  const backend = await startBackend(t, { maxBytes: 200 * MEBIBYTE });
  const traceID = newID(16);
  backend.store.add(Array.from({ length: 20_000 }, () => storedSpan({ traceID })));
  const large = fetch(`${backend.query}/api/traces?traceID=${traceID}${`&traceID=${traceID}`.repeat(100)}`);
  let isOver = false;
  const reading = large.then(async response => {
    const { data } = (await response.json()) as { data: unknown };
    isOver = true;
    return data;
  });
  let served = 0;
  while (!isOver) {
    await (await fetch(`${backend.query}/api/services`)).text();
    served++;
  }
  t.deepEqual(await reading, [JSON.parse(JSON.stringify(backend.store.trace(traceID)))]);
  t.true(served > 3, `${served}`);
});

test('clients that do not read large responses keep nobody from reading theirs', async t => {
  const backend = await startBackend(t);
  const traceID = newID(16);
  const operationName = 'x'.repeat(20_000);
  backend.store.add(Array.from({ length: 1_000 }, () => storedSpan({ traceID, operationName })));
  const unread = await Promise.all(Array.from({ length: 12 }, () => open(t, backend.queryPort)));
  for (const socket of unread) {
    socket.pause();
    socket.write(`GET /api/traces/${traceID} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }
  const response = await fetch(`${backend.query}/api/traces/${traceID}`);
  t.is(response.status, 200);
  t.is(((await response.json()) as { data: { spans: unknown[] }[] }).data[0]?.spans.length, 1_000);
});

test('requests on one connection are handled sequentially, and too many that wait are not handled at all', async t => {
  let handled = 0;
  let atOnce = 0;
  let most = 0;
  const server = await listenBounded(
    async (_request, response) => {
      handled++;
      most = Math.max(most, ++atOnce);
      await new Promise(resolve => setTimeout(resolve, 5));
      atOnce--;
      response.end('!');
    },
    0,
    '127.0.0.1',
  );
  t.teardown(() => server.close());
  const few = talkTo(server.port, get('/').repeat(50));
  await untilHeard(few, '[HTTP/1.1 200] !'.repeat(50));
  few.socket.destroy();
  t.is(most, 1);
  handled = 0;
  const many = talkTo(server.port, get('/').repeat(40_000));
  const other = talkTo(server.port, get('/'));
  await untilHeard(other, '[HTTP/1.1 200] !');
  other.socket.destroy();
  await many.closed;
  t.true(handled <= 102, `${handled}`);
});

test.serial('where there are too many connections, one that has been silent for long makes room', async t => {
  t.timeout(60_000);
  const server = await listenBounded((_request, response) => void response.end('!'), 0, '127.0.0.1');
  t.teardown(() => server.close());
  const sockets: Socket[] = [];
  for (let opened = 0; opened < 1_024; opened += 128) {
    const some = await Promise.all(Array.from({ length: 128 }, () => open(t, server.port)));
    await Promise.all(
      some.map(socket => {
        socket.write(get('/'));
        return once(socket, 'data');
      }),
    );
    sockets.push(...some);
  }
  // The first of them has been silent for longest.
  const first = sockets[0] as Socket;
  const closed = new Promise(resolve => first.once('close', resolve));
  await new Promise(resolve => setTimeout(resolve, 150));
  const one = talkTo(server.port, get('/'));
  await untilHeard(one, '[HTTP/1.1 200] !');
  one.socket.destroy();
  await closed;
  t.true(first.destroyed);
});
