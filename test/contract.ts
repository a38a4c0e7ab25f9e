import net from 'node:net';
import test from 'ava';
import type { Served } from '../packages/runtime/src/testing/serve.ts';
import { serveFunction, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

const config = await startRuntime();
const { config: runtimeConfig } = await import('../packages/runtime/src/config.ts');
const { http } = await import('../packages/runtime/src/index.ts');
http('throws', () => {
  throw new Error('secret at /some/path');
});
http('rejects', async () => Promise.reject(new Error('secret at /some/path')));
http('answers-twice', (_req, res) => {
  res.send('once');
  res.send('twice');
});
http('never-answers', () => undefined);

const origin = await startOrigin((_req, res) => void res.end('ok'));
const silent = await startOrigin(() => undefined);
const gone = await startOrigin(() => undefined);
await gone.close();
Object.assign(config, {
  rootFunctionUrl: origin.url,
  alphaFunctionUrl: silent.url,
  betaFunctionUrl: gone.url,
});
runtimeConfig.requestTimeoutMs = 700;
const names = ['gateway', 'throws', 'rejects', 'answers-twice', 'never-answers'] as const;
const served = new Map<string, Served>();
for (const name of names) served.set(name, await serveFunction(name, name === 'gateway'));
test.after.always(async () => {
  await Promise.all([origin.close(), silent.close(), ...[...served.values()].map(each => each.close())]);
});

interface RawReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends bytes as they are and reads until the other side closes. */
function send(name: string, bytes: string): Promise<RawReply> {
  const { promise, resolve, reject } = Promise.withResolvers<RawReply>();
  const socket = net.connect(served.get(name)?.port ?? 0, '127.0.0.1', () => socket.write(bytes));
  let text = '';
  socket.setEncoding('utf8').on('data', data => {
    text += data;
  });
  socket.on('error', reject);
  socket.on('close', () => {
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const [statusLine = '', ...lines] = head.split('\r\n');
    const pairs = lines
      .map(line => /^([^:]+):\s*(.*)$/.exec(line))
      .map(match => [match?.[1]?.toLowerCase(), match?.[2]]);
    resolve({
      status: Number(statusLine.split(' ')[1]),
      headers: Object.fromEntries(pairs),
      body: rest.join('\r\n\r\n'),
    });
  });
  return promise;
}

const get = (path: string, extra = '') =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${extra}\r\n`;

interface Row {
  what: string;
  to?: (typeof names)[number];
  bytes: string;
  status: number;
  detail: RegExp;
  headers?: Record<string, string>;
}

const table: Row[] = [
  {
    what: 'an unknown path',
    bytes: get('/nix'),
    status: 404,
    detail: /there are: \/, \/alpha, \/beta, \/redis, \/writeredis(, \/[\w-]+)*, \/all/,
  },
  {
    what: 'a path that the framework keeps',
    bytes: get('/favicon.ico'),
    status: 404,
    detail: /no \/favicon\.ico/,
  },
  {
    what: 'a path that cannot be decoded',
    bytes: get('/%zz'),
    status: 400,
    detail: /could not be understood/,
  },
  {
    what: 'POST',
    bytes: 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    status: 405,
    detail: /POST/,
    headers: { allow: 'GET, HEAD' },
  },
  {
    what: 'DELETE of an unknown path',
    bytes: 'DELETE /nix HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    status: 405,
    detail: /DELETE/,
    headers: { allow: 'GET, HEAD' },
  },
  {
    what: 'a POST whose body never comes',
    bytes: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n',
    status: 405,
    detail: /POST/,
    headers: { connection: 'close' },
  },
  {
    what: 'a GET whose body never comes',
    bytes: 'GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n',
    status: 413,
    detail: /no body/,
    headers: { connection: 'close' },
  },
  {
    what: 'a GET with a chunked body',
    bytes: 'GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
    status: 413,
    detail: /no body/,
    headers: { connection: 'close' },
  },
  {
    what: 'a body that waits for 100 Continue',
    bytes: 'GET / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n',
    status: 413,
    detail: /no body/,
  },
  {
    what: 'a function that cannot be reached',
    bytes: get('/beta'),
    status: 502,
    detail: /beta cannot be reached/,
  },
  {
    what: 'a function that is too slow',
    bytes: get('/alpha'),
    status: 504,
    detail: /longer than its deadline of 700 ms/,
  },
  {
    what: 'a function that is too slow for its caller',
    bytes: get('/alpha', 'x-request-timeout-ms: 50\r\n'),
    status: 504,
    detail: /deadline of 50 ms/,
  },
  {
    what: 'a function that throws',
    to: 'throws',
    bytes: get('/'),
    status: 500,
    detail: /^The function failed\.$/,
  },
  {
    what: 'a function that rejects',
    to: 'rejects',
    bytes: get('/'),
    status: 500,
    detail: /^The function failed\.$/,
  },
  {
    what: 'a function that never responds',
    to: 'never-answers',
    bytes: get('/'),
    status: 504,
    detail: /deadline/,
  },
  {
    what: 'a request that is not HTTP',
    bytes: 'hello?\r\n\r\n',
    status: 400,
    detail: /could not be read as HTTP/,
  },
  {
    what: 'too many headers',
    bytes: get('/', `x-long: ${'a'.repeat(100_000)}\r\n`),
    status: 431,
    detail: /could not be read as HTTP/,
  },
];

for (const { what, to = 'gateway', bytes, status, detail, headers = {} } of table) {
  test(`${what} gets ${status}`, async t => {
    const reply = await send(to, bytes);
    t.is(reply.status, status);
    t.is(reply.headers['content-type'], 'application/problem+json');
    for (const [name, value] of Object.entries(headers)) t.is(reply.headers[name], value, name);
    const problem = JSON.parse(reply.body);
    t.deepEqual(Object.keys(problem), ['type', 'title', 'status', 'detail', 'traceId']);
    t.is(problem.status, status);
    t.regex(problem.detail, detail);
    t.regex(problem.traceId, /^[0-9a-f]{32}$/);
    t.is(reply.headers['traceresponse']?.split('-')[1], problem.traceId);
    t.notRegex(reply.body, /secret|127\.0\.0\.1|node_modules|\.ts/);
  });
}

test('a function that answers twice has answered once', async t => {
  const { status, body } = await send('answers-twice', get('/'));
  t.is(status, 200);
  t.is(body, 'once');
});

test('a request with an empty body is answered', async t => {
  const { status } = await send('gateway', get('/', 'content-length: 0\r\n'));
  t.is(status, 200);
});
