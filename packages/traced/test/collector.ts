import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import test from 'ava';
import { startTraceBackend } from '../src/dev/traces/backend.ts';
import { jsonRequest, jsonSpan } from './helpers/otlp-cases.ts';
import { encodeBatch, exampleBatch } from './helpers/thrift-batch.ts';
import { type Backend, newID, startBackend } from './helpers/trace-backend.ts';

const THRIFT = 'application/vnd.apache.thrift.binary';
const PROTOBUF = 'application/x-protobuf';
const MEBIBYTE = 1024 * 1024;

const batch = encodeBatch(exampleBatch);
const json = () => JSON.stringify(jsonRequest([], [jsonSpan(newID(16))]));

function post(
  url: string,
  type: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body: body as never, headers: { 'content-type': type, ...headers } });
}

const thriftUrl = (backend: Backend) => `${backend.collector}/api/traces?format=jaeger.thrift`;
const otlpUrl = (backend: Backend) => `${backend.otlp}/v1/traces`;

for (const type of ['application/x-thrift', THRIFT, `${THRIFT}; charset=x`, THRIFT.toUpperCase()]) {
  test(`a thrift batch of type ${type} is accepted`, async t => {
    const backend = await startBackend(t);
    const response = await post(thriftUrl(backend), type, batch);
    t.is(response.status, 202);
    t.is(await response.text(), '');
    t.is(backend.store.counters.spans, 1);
  });
}

test('OTLP is answered in the encoding it came in', async t => {
  const backend = await startBackend(t);
  const inJson = await post(otlpUrl(backend), 'application/json; charset=utf-8', json());
  t.is(inJson.status, 200);
  t.is(inJson.headers.get('content-type'), 'application/json');
  t.deepEqual(await inJson.json(), { partialSuccess: {} });
  const inProtobuf = await post(otlpUrl(backend), PROTOBUF, '');
  t.is(inProtobuf.status, 200);
  t.is(inProtobuf.headers.get('content-type'), PROTOBUF);
  t.is((await inProtobuf.arrayBuffer()).byteLength, 0);
});

test('gzip and zstd are unpacked', async t => {
  const backend = await startBackend(t);
  const packed = { gzip: gzipSync(json()), zstd: zstdCompressSync(json()) };
  for (const [encoding, body] of Object.entries(packed)) {
    const response = await post(otlpUrl(backend), 'application/json', body, { 'content-encoding': encoding });
    t.is(response.status, 200);
  }
  t.is(backend.store.counters.spans, 2);
});

test('a request of which one span cannot be read changes nothing', async t => {
  const backend = await startBackend(t);
  const half = jsonRequest([], [jsonSpan(newID(16)), jsonSpan('short')]);
  const response = await post(otlpUrl(backend), 'application/json', JSON.stringify(half));
  t.is(response.status, 400);
  t.like(await response.json(), { code: 3 });
  t.is((await post(thriftUrl(backend), THRIFT, batch.subarray(0, -1))).status, 400);
  t.is(backend.store.counters.spans, 0);
});

test('an error over protobuf is a google.rpc.Status', async t => {
  const backend = await startBackend(t);
  const response = await post(otlpUrl(backend), PROTOBUF, 'nonsense');
  t.is(response.status, 400);
  t.is(response.headers.get('content-type'), PROTOBUF);
  const body = Buffer.from(await response.arrayBuffer());
  t.deepEqual([...body.subarray(0, 3)], [8, 3, 18]);
  t.regex(body.toString(), /not protobuf/);
});

const refusals: [string, (backend: Backend) => Promise<Response>, number][] = [
  ['a batch of another type', backend => post(thriftUrl(backend), 'text/plain', batch), 415],
  ['OTLP of another type', backend => post(otlpUrl(backend), 'text/plain', json()), 415],
  [
    'an unknown packing',
    backend => post(otlpUrl(backend), 'application/json', json(), { 'content-encoding': 'br' }),
    415,
  ],
  [
    'what is not gzip',
    backend => post(otlpUrl(backend), 'application/json', json(), { 'content-encoding': 'gzip' }),
    400,
  ],
  ['GET of a batch', backend => fetch(thriftUrl(backend)), 405],
  ['GET of OTLP', backend => fetch(otlpUrl(backend)), 405],
  ['another path of the collector', backend => post(`${backend.collector}/`, THRIFT, batch), 404],
  ['another path of OTLP', backend => post(`${backend.otlp}/v1/metrics`, 'application/json', '{}'), 404],
  [
    'a body of more than 16 MiB',
    backend => post(thriftUrl(backend), THRIFT, Buffer.alloc(16 * MEBIBYTE + 1)),
    413,
  ],
  [
    'a body of more than 16 MiB when unpacked',
    backend =>
      post(otlpUrl(backend), PROTOBUF, gzipSync(Buffer.alloc(17 * MEBIBYTE)), { 'content-encoding': 'gzip' }),
    413,
  ],
];
for (const [what, send, status] of refusals) {
  test(`${what} is refused with ${status}`, async t => {
    const backend = await startBackend(t);
    t.is((await send(backend)).status, status);
    t.is(backend.store.counters.spans, 0);
  });
}

test('a body without a length is cut off at 16 MiB', async t => {
  const backend = await startBackend(t);
  const socket = await open(t, backend.collectorPort);
  socket.write(
    `POST /api/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${THRIFT}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const answer = firstBytes(socket);
  for (let sent = 0; sent <= 17 && socket.writable; sent++) {
    socket.write('100000\r\n');
    socket.write(Buffer.alloc(MEBIBYTE));
    socket.write('\r\n');
  }
  t.regex(await answer, /^HTTP\/1\.1 413 /);
});

test('random bytes at any port do no harm', async t => {
  const backend = await startBackend(t);
  for (const port of ports(backend)) {
    for (let i = 0; i < 20; i++) {
      const socket = await open(t, port);
      const closed = once(socket, 'close');
      socket.resume().end(randomBytes(1 + 300 * i));
      await closed;
    }
  }
  t.is((await post(thriftUrl(backend), THRIFT, batch)).status, 202);
});

test('100 KB of headers are refused at any port', async t => {
  const backend = await startBackend(t);
  for (const port of ports(backend)) {
    const socket = await open(t, port);
    const answer = firstBytes(socket);
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
    t.regex(await answer, /^HTTP\/1\.1 431 /);
  }
});

test('silent connections keep nobody out for long, and none are kept beyond the limit', async t => {
  t.timeout(60_000);
  const backend = await startBackend(t);
  const closed: unknown[] = [];
  // No more at once than wait to be accepted: what the kernel drops then looks open here for ever.
  for (let opened = 0; opened < 1_100; opened += 100) {
    const some = await Promise.all(Array.from({ length: 100 }, () => open(t, backend.otlpPort)));
    // Those of before may be closed already.
    closed.push(...some.map(socket => socket.resume().closed || once(socket, 'close')));
  }
  await Promise.all(closed);
  t.is((await post(otlpUrl(backend), 'application/json', json())).status, 200);
});

test('half a request is given up after ten seconds', async t => {
  t.timeout(60_000);
  const backend = await startBackend(t);
  const begun = Date.now();
  const socket = await open(t, backend.collectorPort);
  const closed = once(socket, 'close');
  socket
    .resume()
    .write(
      `POST /api/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${THRIFT}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
  await closed;
  t.true(Date.now() - begun < 15_000);
});

test('closing ends within a second, whatever connections are open', async t => {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  const sockets = await Promise.all(
    ports(backend).flatMap(port => [open(t, port), open(t, port), open(t, port)]),
  );
  for (const [i, socket] of sockets.entries()) {
    socket.resume();
    if (i % 3 === 1) socket.write('POST /v1/traces HTTP/1.1\r\n');
    if (i % 3 === 2)
      socket.write(
        `POST /api/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${THRIFT}\r\nContent-Length: 9\r\n\r\nx`,
      );
  }
  const begun = Date.now();
  await backend.close();
  t.true(Date.now() - begun < 1_000);
});

test('a taken port rejects with its number, and no other port stays open', async t => {
  const taken = await startBackend(t);
  const freed = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
  await freed.close();
  const freedPorts = { collectorPort: freed.collectorPort, otlpPort: freed.otlpPort };
  const error = await t.throwsAsync<NodeJS.ErrnoException & { port?: number }>(
    startTraceBackend({ ...freedPorts, queryPort: taken.queryPort }),
  );
  t.is(error.code, 'EADDRINUSE');
  t.is(error.port, taken.queryPort);
  await startBackend(t, freedPorts);
});

function ports({
  collectorPort,
  otlpPort,
  queryPort,
}: {
  collectorPort: number;
  otlpPort: number;
  queryPort: number;
}): number[] {
  return [collectorPort, otlpPort, queryPort];
}

async function open(t: { teardown(end: () => void): void }, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function firstBytes(socket: Socket): Promise<string> {
  const [data] = (await once(socket, 'data')) as [Buffer];
  return data.toString('latin1');
}
