import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import test from 'ava';
import nock from 'nock';
import { spansOf, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

await startRuntime();
const { get } = await import('../functions/shared/client.ts');

const failure = async (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    error => error,
  );

test('headers that came several times are joined, in the order of their arrival', async t => {
  nock('http://a.test').get('/').reply(200, 'body', ['B', '1', 'A', '2', 'B', '3']);
  const { status, headers, body } = await get('http://a.test/');
  t.is(status, 200);
  t.deepEqual(Object.entries(headers), [
    ['b', '1, 3'],
    ['a', '2'],
  ]);
  t.is(String(body), 'body');
});

test('a redirect to another origin takes no headers along, one to the same does', async t => {
  nock('http://b.test', { reqheaders: { authorization: 'secret' } })
    .get('/')
    .reply(301, '', { location: '/same' });
  nock('http://b.test', { reqheaders: { authorization: 'secret' } })
    .get('/same')
    .reply(307, '', { location: 'https://c.test/' });
  nock('https://c.test', { badheaders: ['authorization'] })
    .get('/')
    .reply(200, 'there');
  t.is(String((await get('http://b.test/', { headers: { authorization: 'secret' } })).body), 'there');
});

test('a redirect that goes on for ever ends after five', async t => {
  nock('http://loop.test').persist().get('/').reply(302, '', { location: '/' });
  t.like(await failure(get('http://loop.test/')), { status: 502, message: 'The page redirects too often.' });
});

test('a redirect to what is not HTTP is not followed', async t => {
  nock('http://d.test').get('/').reply(302, '', { location: 'file:///etc/passwd' });
  t.like(await failure(get('http://d.test/')), {
    status: 502,
    message: 'The page redirects to something that is not HTTP.',
  });
});

test('a body over the bound is not read', async t => {
  nock('http://e.test').get('/').reply(200, 'x'.repeat(101));
  t.like(await failure(get('http://e.test/', { maxBytes: 100 })), { status: 502 });
});

test('a name that does not resolve is a 502 that does not show it', async t => {
  const cause = Object.assign(new Error('getaddrinfo ENOTFOUND secret.internal'), { code: 'ENOTFOUND' });
  nock('http://secret.internal').get('/').replyWithError(cause);
  t.like(await failure(get('http://secret.internal/')), {
    status: 502,
    message: 'The page cannot be reached.',
    cause,
  });
});

test('an https GET is a client span with its URL, without the secrets in it', async t => {
  nock('https://f.test').get('/').query(true).reply(200, '', { 'cache-control': 'no-store' });
  const traceId = await trace.getTracer('test').startActiveSpan('caller', async span => {
    await get('https://f.test/?q=python&sig=secret');
    span.end();
    return span.spanContext().traceId;
  });
  const span = (await spansOf(traceId, 2)).find(({ kind }) => kind === SpanKind.CLIENT);
  t.is(span?.attributes['url.full'], 'https://f.test/?q=python&sig=REDACTED');
  t.deepEqual(span?.attributes['http.response.header.cache-control'], ['no-store']);
  t.is(span?.status.code, SpanStatusCode.UNSET);
});

test.serial('the deadline ends before the response, or within it', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  for (const begin of [false, true]) {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    const origin = await startOrigin((_req, res) => {
      res.on('close', resolve);
      if (begin) res.write('half');
    });
    t.teardown(origin.close);
    const error = await failure(get(origin.url, { timeoutMs: 150 }));
    t.like(error, { status: 504, message: 'The page did not respond within 150 ms.' });
    await closed; // the connection was let go
  }
});

test.serial('an answer that breaks off is a 502', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  const origin = await startOrigin((_req, res) => {
    res.writeHead(200, { 'content-length': '100' });
    res.write('half', () => res.destroy());
  });
  t.teardown(origin.close);
  t.like(await failure(get(origin.url)), { status: 502, message: 'The page cannot be reached.' });
});

test.serial('a connection is kept and used again, unless a fresh one is asked for', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  const origin = await startOrigin((_req, res) => void res.end('ok'));
  t.teardown(origin.close);
  await get(origin.url);
  await get(origin.url);
  t.is(origin.connections, 1);
  await get(origin.url, { freshConnection: true });
  t.is(origin.connections, 2);
});

test.serial('a kept connection that dies under a request is replaced once', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  let requests = 0;
  const server = net.createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (++requests === 2) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await get(url);
  t.is(String((await get(url)).body), 'ok');
  t.is(requests, 3);
});

test.serial('a connection that is never taken ends at the connect limit', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  // TLS that never answers the hello: the TCP connection stands, the secure one does not.
  const server = net.createServer(socket => void socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const error = await failure(get(url, { connectTimeoutMs: 150 }));
  t.like(error, { status: 504, message: 'The page took no connection within 150 ms.' });
});

test('an aborted call rejects with the reason', async t => {
  const reason = new Error('enough');
  t.is((await failure(get('http://g.test/', { signal: AbortSignal.abort(reason) }))).cause, reason);
});
