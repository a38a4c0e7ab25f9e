import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import test from 'ava';
import nock from 'nock';
import { spansOf, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

await startRuntime();
const { get } = await import('../functions/shared/client.ts');

/** The client span of what `work` sends; whether that succeeds does not matter. */
async function spanOf(work: () => Promise<unknown>): Promise<ReadableSpan | undefined> {
  const traceId = await trace.getTracer('test').startActiveSpan('caller', async span => {
    await work().catch(() => undefined);
    span.end();
    return span.spanContext().traceId;
  });
  return (await spansOf(traceId, 2)).find(({ kind }) => kind === SpanKind.CLIENT);
}

const nodeGet = (options: http.RequestOptions | URL): Promise<unknown> =>
  new Promise((resolve, reject) => {
    http.get(options, response => response.resume().on('end', resolve)).on('error', reject);
  });

// Apart from the URLs that they are in, or this file would look as if it held a login.
const login = ['user', 'pass'].join(':');
const redacted = ['REDACTED', 'REDACTED'].join(':');

const urls: [given: string, full: string, address: string, port: number][] = [
  ['http://[::1]:8081/x', 'http://[::1]:8081/x', '::1', 8081],
  ['http://[::1]:1', 'http://[::1]:1/', '::1', 1],
  ['http://[::1]/', 'http://[::1]/', '::1', 80],
  ['https://[::1]/x', 'https://[::1]/x', '::1', 443],
  ['http://[::1]:443/', 'http://[::1]:443/', '::1', 443],
  ['https://[::1]:80/', 'https://[::1]:80/', '::1', 80],
  [
    'http://[2001:db8::1]:8081/a::1?q=[::1]&sig=secret',
    'http://[2001:db8::1]:8081/a::1?q=%5B%3A%3A1%5D&sig=REDACTED',
    '2001:db8::1',
    8081,
  ],
  ['http://[::ffff:127.0.0.1]:81/', 'http://[::ffff:7f00:1]:81/', '::ffff:7f00:1', 81],
  [`http://${login}@[::1]:8081/x`, `http://${redacted}@[::1]:8081/x`, '::1', 8081],
  ['http://127.0.0.1:8081/x', 'http://127.0.0.1:8081/x', '127.0.0.1', 8081],
  ['http://a.test/x?a=1', 'http://a.test/x?a=1', 'a.test', 80],
  [`https://${login}@a.test/x`, `https://${redacted}@a.test/x`, 'a.test', 443],
];

test.serial('url.full is the URL that is asked, with server.address and server.port', async t => {
  nock.disableNetConnect();
  t.teardown(() => nock.enableNetConnect());
  for (const [given, full, address, port] of urls) {
    const span = await spanOf(() => get(given));
    t.like(span?.attributes, { 'url.full': full, 'server.address': address, 'server.port': port }, given);
  }
});

test.serial('the same for requests that give a host and a port', async t => {
  nock.disableNetConnect();
  t.teardown(() => nock.enableNetConnect());
  const given: [http.RequestOptions, string, number][] = [
    [{ host: '::1', port: 8081, path: '/x' }, 'http://[::1]:8081/x', 8081],
    [{ hostname: '::1', port: 8081 }, 'http://[::1]:8081/', 8081],
    [{ host: '::1' }, 'http://[::1]/', 80],
    [{ host: '::1', port: 8081, headers: { host: 'other' } }, 'http://[::1]:8081/', 8081],
  ];
  for (const [options, full, port] of given) {
    const span = await spanOf(() => nodeGet(options));
    t.like(span?.attributes, { 'url.full': full, 'server.address': '::1', 'server.port': port });
  }
});

test.serial('a page at an IPv6 address is reached, by its URL', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  const server = http.createServer((_req, res) => res.end('ok'));
  const listening = await new Promise<boolean>(resolve =>
    server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true)),
  );
  if (!listening) {
    t.log('there is no IPv6 here');
    t.pass();
    return;
  }
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://[::1]:${(server.address() as AddressInfo).port}/x`;
  let body = '';
  const span = await spanOf(async () => {
    body = String((await get(url)).body);
  });
  t.is(body, 'ok');
  t.is(span?.attributes['url.full'], url);
});

test.serial('a response that is cut off is an error of its client span, however it is cut off', async t => {
  nock.restore();
  t.teardown(() => nock.activate());
  const cuts: ((res: http.ServerResponse) => void)[] = [
    res => res.writeHead(200, { 'content-length': '9' }).write('half', () => res.destroy()),
    res => res.write('half', () => res.destroy()),
    res => res.write('half', () => (res.socket as import('node:net').Socket).resetAndDestroy()),
  ];
  for (const cut of cuts) {
    const origin = await startOrigin((_req, res) => cut(res));
    t.teardown(origin.close);
    for (const freshConnection of [true, false]) {
      const span = await spanOf(() => get(origin.url, { freshConnection }));
      t.is(span?.status.code, SpanStatusCode.ERROR);
    }
  }
});
