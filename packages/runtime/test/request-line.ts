/** Request targets, framing and header values, as HTTP/1.1 defines them. */

import test from 'ava';
import express from 'express';
import { ask, serveFunction, spansOf, startRuntime } from '../../../test/helpers/functions.ts';
import { exchange, isProblem } from './helpers/exchange.ts';

await startRuntime();
const framework = await import('@google-cloud/functions-framework');
const { http } = await import('../src/index.ts');

framework.http('shows', (req, res) => {
  res.json({ url: req.url, host: req.headers.host, query: req.query, body: req.body });
});
http('reads-only', (req, res) => void res.send(req.method), { methods: ['GET', 'HEAD'] });
framework.http('throws', () => {
  throw new Error('secret at /some/path');
});
framework.http('rejects', async () => Promise.reject(Object.assign(new Error('secret'), { status: 404 })));
framework.http(
  'app',
  express()
    .get('/throws', () => {
      throw new Error('secret');
    })
    .get('/teapot', (_req, _res, next) => next(Object.assign(new Error('secret'), { status: 418 })))
    .get('/fine', (_req, res) => void res.send('fine')),
);

const served = new Map(
  await Promise.all(
    ['shows', 'reads-only', 'throws', 'rejects', 'app'].map(
      async name => [name, await serveFunction(name, false)] as const,
    ),
  ),
);
test.after.always(() => Promise.all([...served.values()].map(each => each.close())));
const portOf = (name: string): number => served.get(name)?.port ?? 0;

const request = (line: string, headers = 'Host: x\r\n'): string =>
  `${line}\r\n${headers}Connection: close\r\n\r\n`;

const targets: [line: string, url: string, host: string][] = [
  ['GET / HTTP/1.1', '/', 'x'],
  ['GET http://localhost/ HTTP/1.1', '/', 'localhost'],
  ['GET http://localhost HTTP/1.1', '/', 'localhost'],
  ['GET HTTP://Other:8080/a/../b%2Fc?d=e?f HTTP/1.1', '/a/../b%2Fc?d=e?f', 'Other:8080'],
  ['GET https://localhost?a=1 HTTP/1.1', '/?a=1', 'localhost'],
  ['GET http://[::1]:80//two HTTP/1.1', '//two', '[::1]:80'],
  ['GET //path HTTP/1.1', '//path', 'x'],
  ['GET /beta?next=/login?user=7&page=2 HTTP/1.1', '/beta?next=/login?user=7&page=2', 'x'],
  ['GET /a?u=http://y/ HTTP/1.1', '/a?u=http://y/', 'x'],
  ['DELETE http://localhost/x HTTP/1.1', '/x', 'localhost'],
];
for (const [line, url, host] of targets) {
  test(`${line} is a request for ${url} at ${host}`, async t => {
    const { status, body } = await exchange(portOf('shows'), request(line));
    t.is(status, 200, body);
    t.like(JSON.parse(body), { url, host });
  });
}

test('the span of a request in absolute form has the path and the host of its target', async t => {
  const { headers } = await exchange(portOf('shows'), request('GET http://localhost/a?b=1 HTTP/1.1'));
  const [span] = await spansOf(headers['traceresponse']?.split('-')[1] ?? '');
  t.is(span?.attributes['url.path'], '/a');
  t.is(span?.attributes['url.query'], 'b=1');
  t.is(span?.attributes['server.address'], 'localhost');
});

test('HTTP/1.0 needs no Host', async t => {
  const { status } = await exchange(portOf('shows'), 'GET / HTTP/1.0\r\n\r\n');
  t.is(status, 200);
});

const faults: [what: string, bytes: string, status: number][] = [
  ['GET *', request('GET * HTTP/1.1'), 400],
  ['POST *', request('POST * HTTP/1.1'), 400],
  ['a relative path', request('GET path HTTP/1.1'), 400],
  ['authority form', request('GET localhost:80 HTTP/1.1'), 400],
  ['CONNECT', request('CONNECT localhost:80 HTTP/1.1'), 400],
  ['another scheme', request('GET ftp://localhost/ HTTP/1.1'), 400],
  ['user information', request('GET http://me:secret@localhost/ HTTP/1.1'), 400],
  ['a URL without a host', request('GET http:///path HTTP/1.1'), 400],
  ['a fragment', request('GET /a#b HTTP/1.1'), 400],
  ['a fragment in absolute form', request('GET http://localhost/#b HTTP/1.1'), 400],
  ['an escape that is none', request('GET /%zz HTTP/1.1'), 400],
  ['no Host', request('GET / HTTP/1.1', ''), 400],
  ['two Hosts', request('GET / HTTP/1.1', 'Host: x\r\nhost: y\r\n'), 400],
  ['two equal Hosts', request('GET / HTTP/1.1', 'Host: x\r\nHost: x\r\n'), 400],
  ['two Hosts and absolute form', request('GET http://a/ HTTP/1.1', 'Host: x\r\nHost: y\r\n'), 400],
  ['a Host with a path', request('GET / HTTP/1.1', 'Host: x/y\r\n'), 400],
  ['a Host with user information', request('GET / HTTP/1.1', 'Host: a@b\r\n'), 400],
  ['a line feed without a carriage return', 'GET / HTTP/1.1\nHost: x\n\n', 400],
  ['HTTP/2.0', request('GET / HTTP/2.0'), 505],
  ['HTTP/3.7', request('GET / HTTP/3.7'), 505],
  ['an unknown method', request('BREW / HTTP/1.1'), 501],
  [
    'another transfer coding',
    request('POST / HTTP/1.1', 'Host: x\r\nTransfer-Encoding: gzip, chunked\r\n'),
    501,
  ],
  ['Transfer-Encoding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ['another expectation', request('POST / HTTP/1.1', 'Host: x\r\nExpect: a-miracle\r\n'), 417],
  ['two lengths', request('POST / HTTP/1.1', 'Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n'), 400],
  [
    'a length and chunks',
    request('POST / HTTP/1.1', 'Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n'),
    400,
  ],
  ['a negative length', request('POST / HTTP/1.1', 'Host: x\r\nContent-Length: -1\r\n'), 400],
  ['headers that are too large', request('GET / HTTP/1.1', `Host: x\r\nX: ${'x'.repeat(20_000)}\r\n`), 431],
  ['many headers', request('GET / HTTP/1.1', `Host: x\r\n${'X: 1\r\n'.repeat(5_000)}`), 431],
];
for (const [what, bytes, status] of faults) {
  test(`${what} is refused with a problem document, ${status}`, async t => {
    isProblem(t, await exchange(portOf('shows'), bytes), status);
  });
}

test('OPTIONS * says what is allowed', async t => {
  for (const target of ['*', 'http://localhost']) {
    const { status, headers } = await exchange(portOf('shows'), request(`OPTIONS ${target} HTTP/1.1`));
    t.is(status, 204);
    t.is(headers['allow'], 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
  }
  const { headers } = await exchange(portOf('reads-only'), request('OPTIONS * HTTP/1.1'));
  t.is(headers['allow'], 'GET, HEAD');
});

for (const name of ['shows', 'reads-only']) {
  test(`a chunked request without a chunk is one without a body (${name})`, async t => {
    const { status } = await exchange(
      portOf(name),
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    t.is(status, 200);
  });
}

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
  test(`${method} reaches a function that names no methods, and not one that names others`, async t => {
    const line = `${method} / HTTP/1.1`;
    t.is((await exchange(portOf('shows'), request(line))).status, 200);
    const refused = await exchange(portOf('reads-only'), request(line));
    isProblem(t, refused, 405);
    t.is(refused.headers['allow'], 'GET, HEAD');
  });
}

for (const name of ['throws', 'rejects']) {
  test(`a function of the framework’s own http that ${name} is a 500 that says nothing`, async t => {
    const response = await exchange(portOf(name), request('GET / HTTP/1.1'));
    isProblem(t, response, 500);
    t.is(JSON.parse(response.body).detail, 'The function failed.');
  });
}

for (const [path, status] of [
  ['/throws', 500],
  ['/teapot', 418],
  ['/unknown', 404],
  ['/%zz', 400],
] as const) {
  test(`an Express application’s own failure (${path}) is a problem document`, async t => {
    isProblem(t, await exchange(portOf('app'), request(`GET ${path} HTTP/1.1`)), status);
  });
}

test('only the path /healthz is the health check', async t => {
  const url = served.get('shows')?.url;
  t.is((await ask(`${url}/healthz`)).text, 'ok\n');
  for (const path of ['/healthz/', '/healthz?a', '/Healthz', '//healthz']) {
    t.true((await ask(url + path)).text.includes(path), path);
  }
  t.is((await exchange(portOf('shows'), request('GET http://localhost/healthz HTTP/1.1'))).body, 'ok\n');
});
