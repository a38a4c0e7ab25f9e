/** `npm start` with a Jaeger that is there already, whatever it responds with. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import test from 'ava';
import { awaitTrace } from '../packages/traced/src/dev/await-trace.ts';
import { readJaegerTrace } from '../packages/traced/src/dev/jaeger-trace.ts';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import { Started } from './helpers/npm-start.ts';

const id = 'a'.repeat(32);
const span = {
  traceID: id,
  spanID: 'b'.repeat(16),
  operationName: 'GET',
  startTime: 1,
  duration: 1,
  processID: 'p1',
};
const traceOf = (...spans: unknown[]) => ({ data: [{ traceID: id, spans, processes: {} }] });

type Tester = { teardown(end: () => unknown): void };

async function urlOf(t: Tester, server: Server): Promise<string> {
  const port = await listenOn(server, 0);
  t.teardown(() => server.close());
  return `http://127.0.0.1:${port}`;
}

function serve(t: Tester, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.teardown(() => server.closeAllConnections());
  return urlOf(t, server);
}

/** A server that sends these bytes, whatever it is asked. */
function serveBytes(t: Tester, bytes: string): Promise<string> {
  const server = createTcpServer(socket => {
    t.teardown(() => socket.destroy());
    socket.on('error', () => {}).once('data', () => socket.write(bytes));
  });
  return urlOf(t, server);
}

const readable: [what: string, data: unknown, spans: number | undefined][] = [
  ['a span without tags, logs and references', traceOf(span), 1],
  ['a trace without processes', { data: [{ traceID: id, spans: [span] }] }, 1],
  ['null for every list', traceOf({ ...span, tags: null, logs: null, references: null, warnings: null }), 1],
  ['tags that are a number, which are set aside,', traceOf({ ...span, tags: 5 }), 1],
  ['processes that are a list', { data: [{ traceID: id, spans: [span], processes: [1] }] }, 1],
  ['a trace without spans', traceOf(), undefined],
  ['no trace', { data: [] }, undefined],
  ['null for the traces', { data: null }, undefined],
];
for (const [what, data, spans] of readable) {
  test(`${what} from a Jaeger is read`, async t => {
    const url = await serve(t, (_request, response) => response.end(JSON.stringify(data)));
    const trace = await readJaegerTrace(url, id);
    t.is(trace?.spans.length, spans);
    t.true(
      trace === undefined ||
        trace.spans.every(({ tags, references, logs }) => [tags, references, logs].every(Array.isArray)),
    );
  });
}

const unreadable: [what: string, text: string][] = [
  ['a span that is null', JSON.stringify(traceOf(null))],
  ['a span without an id', JSON.stringify(traceOf({ ...span, spanID: undefined }))],
  ['a start time that is text', JSON.stringify(traceOf({ ...span, startTime: 'now' }))],
  ['a number', '5'],
  ['an object of something else', '{"status":"ok"}'],
  ['an HTML page', '<!doctype html><title>Login</title>'],
  ['nothing', ''],
  ['JSON that breaks off', '{"data":[{"traceID":"'],
  ['a deep list', '['.repeat(100_000)],
];
for (const [what, text] of unreadable) {
  test(`${what} from a Jaeger is reported`, async t => {
    const url = await serve(t, (_request, response) => response.end(text));
    const { message } = await t.throwsAsync(readJaegerTrace(url, id), { instanceOf: Error });
    t.not(message, '');
  });
}

test('a Jaeger without the trace has none, and one that fails is reported', async t => {
  let status = 404;
  const url = await serve(t, (_request, response) => response.writeHead(status).end('{"data":null}'));
  t.is(await readJaegerTrace(url, id), undefined);
  status = 503;
  await t.throwsAsync(readJaegerTrace(url, id), { message: /503/ });
});

const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const endless: [what: string, bytes: string][] = [
  ['says nothing', ''],
  ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['sends only informational responses', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10)],
  ['sends half a body', `${head}5\r\n{"dat\r\n`],
  ['sends a request that is not HTTP', '\0\x01\x02\r\n\r\n'],
];
for (const [what, bytes] of endless) {
  test(`a Jaeger that ${what} is given up within seconds`, async t => {
    const url = await serveBytes(t, bytes);
    const began = performance.now();
    await t.throwsAsync(readJaegerTrace(url, id), { instanceOf: Error });
    t.true(performance.now() - began < 6_000);
  });
}

test('a response without an end is given up at 16 MiB', async t => {
  const url = await serve(t, (_request, response) => {
    const write = () => {
      while (response.write(' '.repeat(1_000_000)));
    };
    response.on('drain', write);
    write();
  });
  await t.throwsAsync(readJaegerTrace(url, id), { message: /16 MiB/ });
});

test('what reading a trace failed with last is what is reported', async t => {
  const wait = { signal: new AbortController().signal, withinMs: 200 };
  const read = () => Promise.reject(new Error('not JSON'));
  await t.throwsAsync(awaitTrace(id, { ...wait, read }), { message: 'not JSON' });
  t.is(await awaitTrace(id, { ...wait, read: async () => undefined }), undefined);
});

for (const [what, tags] of [
  ['no tags', undefined],
  ['tags that are a number', 5],
] as const) {
  test.serial(`npm start goes on where a Jaeger’s span has ${what}`, async t => {
    const url = await serve(t, (request, response) => {
      const traceID = request.url?.split('/').at(-1);
      response.end(
        JSON.stringify({ data: [{ traceID, spans: [{ ...span, traceID, tags }], processes: {} }] }),
      );
    });
    const started = new Started(t, {
      env: { JAEGER_URL: url, OTEL_EXPORTER_JAEGER_ENDPOINT: `${url}/api/traces` },
    });
    const { gateway } = await started.ready();
    // Odd tags are set aside, and the rest is shown.
    await started.stdoutHas(/in the browser/);
    t.is((await fetch(gateway)).status, 200);
    t.is(started.child.exitCode, null);
  });
}
