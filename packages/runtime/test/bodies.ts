/** Bodies: as the framework's own command reads them, and within their limits. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { startFunctionProcess } from '../../../test/helpers/process.ts';
import { closedPort } from '../../traced/test/helpers/traced.ts';
import { isProblem, type RawResponse } from './helpers/exchange.ts';

const source = fileURLToPath(new URL('./sources/echo.cjs', import.meta.url));
const command = fileURLToPath(
  new URL('../../../node_modules/@google-cloud/functions-framework/build/src/main.js', import.meta.url),
);

/** Starts the framework's own command and waits until it takes connections. */
async function startStock(): Promise<{ child: ChildProcess; port: number }> {
  const port = await closedPort();
  const child = spawn(process.execPath, [command, '--target=echo', `--source=${source}`, `--port=${port}`], {
    stdio: 'ignore',
  });
  for (;;) {
    const opened = await fetch(`http://127.0.0.1:${port}/`).then(
      answer => answer.ok,
      () => false,
    );
    if (opened) return { child, port };
    await pause(50);
  }
}

const limit = 10_000;
const [stock, ours] = await Promise.all([
  startStock(),
  startFunctionProcess('echo', { FUNCTION_SOURCE: source, REQUEST_BODY_LIMIT: String(limit) }),
]);
test.after.always(() => {
  for (const { child } of [stock, ours]) child.kill('SIGKILL');
});

interface Sent {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  chunked?: boolean;
}

function send(
  port: number,
  { method = 'POST', path = '/', headers = {}, body, chunked }: Sent,
): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = { host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, agent: false };
  const req = request(options, async res => {
    const chunks: Buffer[] = [];
    for await (const chunk of res) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(
      Object.entries(res.headers).map(([name, value]) => [name, String(value)]),
    );
    resolve({ status: res.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() });
  });
  req.on('error', reject);
  if (body === undefined) return req.end() && promise;
  if (chunked) req.flushHeaders();
  req.end(body);
  return promise;
}

const type = (value: string) => ({ 'content-type': value });
const json = '{"a":[1,"ü"]}';
const alike: Record<string, Sent> = {
  'no body': { method: 'GET' },
  'POST without a body': {},
  'an empty JSON body': { headers: type('application/json'), body: '' },
  'an empty text': { headers: type('text/plain'), body: '' },
  'an empty body without a type': { body: '' },
  JSON: { headers: type('application/json'), body: json },
  'JSON with PUT': { method: 'PUT', headers: type('application/json'), body: json },
  'JSON with DELETE': { method: 'DELETE', headers: type('application/json'), body: json },
  'JSON with GET': { method: 'GET', headers: type('application/json'), body: json },
  'JSON with its charset': { headers: type('application/json; charset=utf-8'), body: json },
  'JSON in UTF-16': {
    headers: type('application/json; charset=utf-16le'),
    body: Buffer.from(json, 'utf16le'),
  },
  'JSON in chunks': { headers: type('application/json'), body: json, chunked: true },
  'JSON of a vendor': { headers: type('application/vnd.api+json'), body: json },
  CloudEvents: { headers: type('application/cloudevents+json'), body: json },
  'a batch of CloudEvents': { headers: type('application/cloudevents-batch+json'), body: `[${json}]` },
  text: { headers: type('text/plain'), body: 'some text' },
  'text in Latin-1': { headers: type('text/plain; charset=iso-8859-1'), body: Buffer.from('ü', 'latin1') },
  HTML: { headers: type('text/html'), body: '<p>' },
  'a form': { headers: type('application/x-www-form-urlencoded'), body: 'a=1&b[c]=2&d=3&d=4&e=%C3%BC+x' },
  'a form of several parts': {
    headers: type('multipart/form-data; boundary=x'),
    body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
  },
  bytes: { headers: type('application/octet-stream'), body: Buffer.from([0, 255, 128]) },
  'a body without a type': { body: 'some text' },
  'a type that is none': { headers: type('nothing'), body: 'some text' },
  gzip: { headers: { ...type('application/json'), 'content-encoding': 'gzip' }, body: gzipSync(json) },
  deflate: {
    headers: { ...type('application/json'), 'content-encoding': 'deflate' },
    body: deflateSync(json),
  },
  brotli: { headers: { ...type('text/plain'), 'content-encoding': 'br' }, body: brotliCompressSync(json) },
  'a query': { method: 'GET', path: '/a/b?c=1&d[e]=2&f=3&f=4' },
};
for (const [what, sent] of Object.entries(alike)) {
  test(`${what}: the same response as the framework’s own`, async t => {
    const [theirs, own] = await Promise.all([stock, ours].map(({ port }) => send(port, sent)));
    t.is(own?.status, 200, own?.body);
    t.is(own?.status, theirs?.status);
    t.is(own?.body, theirs?.body);
    for (const name of ['content-type', 'content-length', 'x-query'])
      t.is(own?.headers[name], theirs?.headers[name]);
  });
}

const refused: Record<string, Sent & { status: number }> = {
  'malformed JSON': { headers: type('application/json'), body: '{"a"', status: 400 },
  'JSON that is no object': { headers: type('application/json'), body: '1', status: 400 },
  'an unknown charset': { headers: type('text/plain; charset=klingon'), body: 'a', status: 415 },
  'JSON in Latin-1': { headers: type('application/json; charset=iso-8859-1'), body: '{}', status: 415 },
  'an unknown encoding': {
    headers: { ...type('text/plain'), 'content-encoding': 'lzma' },
    body: 'a',
    status: 415,
  },
  'a body that is not gzip': {
    headers: { ...type('text/plain'), 'content-encoding': 'gzip' },
    body: 'a',
    status: 400,
  },
  'too many parameters': {
    headers: type('application/x-www-form-urlencoded'),
    body: 'a&'.repeat(2_000),
    status: 413,
  },
};
for (const [what, { status, ...sent }] of Object.entries(refused)) {
  test(`${what} is refused with the framework’s status, ${status}, as a problem document`, async t => {
    const [theirs, own] = await Promise.all([stock, ours].map(({ port }) => send(port, sent)));
    t.is(theirs?.status, status);
    isProblem(t, own as RawResponse, status);
  });
}

const large: Record<string, Sent> = {
  'with its length': { headers: type('text/plain'), body: 'x'.repeat(limit + 1) },
  'without a type': { body: 'x'.repeat(limit + 1) },
  'in chunks': { headers: type('text/plain'), body: 'x'.repeat(limit + 1), chunked: true },
  'of 40 MB': { headers: type('application/json'), body: Buffer.alloc(40_000_000, 'x') },
  'of 40 MB in chunks': {
    headers: type('application/json'),
    body: Buffer.alloc(40_000_000, 'x'),
    chunked: true,
  },
  'once inflated': {
    headers: { ...type('text/plain'), 'content-encoding': 'gzip' },
    body: gzipSync('x'.repeat(1_000_000)),
  },
};
for (const [what, sent] of Object.entries(large)) {
  test(`a body that is too large (${what}) is refused with 413, and its sender gets to read that`, async t => {
    isProblem(t, await send(ours.port, sent), 413);
  });
}

test('a body of just the limit is read', async t => {
  const { status, body } = await send(ours.port, { headers: type('text/plain'), body: 'x'.repeat(limit) });
  t.is(status, 200);
  t.is(JSON.parse(body).body.length, limit);
});
