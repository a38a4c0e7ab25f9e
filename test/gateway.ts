import http from 'node:http';
import net from 'node:net';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import test from 'ava';
import { targets } from '../functions/shared/targets.ts';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

const config = await startRuntime();
const { config: runtimeConfig } = await import('../packages/runtime/src/config.ts');
const gateway = await serveFunction('gateway');
test.after.always(() => gateway.close());
test.beforeEach(() => {
  config.faults.clear();
  runtimeConfig.requestTimeoutMs = 30_000;
});

const isServer = ({ kind }: { kind: SpanKind }) => kind === SpanKind.SERVER;

test.serial('a request goes on with its method, query and end-to-end headers', async t => {
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>();
  const origin = await startOrigin((req, res) => {
    resolve(req);
    res.end('ok');
  });
  t.teardown(origin.close);
  config.alphaFunctionUrl = origin.url;
  const req = http.request(`${gateway.url}/alpha?a=1&b=%20`, {
    method: 'HEAD',
    headers: {
      'x-end-to-end': ['one', 'two'],
      'x-named': 'dropped',
      connection: 'keep-alive, x-named',
      te: 'trailers',
      'proxy-authorization': 'secret',
      baggage: 'secret=1',
    },
  });
  req.end();
  const seen = await promise;
  t.is(seen.method, 'HEAD');
  t.is(seen.url, '/alpha?a=1&b=%20');
  t.deepEqual(seen.headersDistinct['x-end-to-end'], ['one', 'two']);
  for (const name of ['x-named', 'te', 'proxy-authorization', 'baggage'])
    t.is(seen.headers[name], undefined, name);
});

test.serial('the call is a client span under the gateway’s and above the function’s', async t => {
  const origin = await startOrigin((_req, res) => void res.end('ok'));
  t.teardown(origin.close);
  config.rootFunctionUrl = origin.url;
  const { traceId, spanId } = await ask(gateway.url);
  const spans = await spansOf(traceId, 3);
  t.is(spans.length, 3);
  const server = spanNamed(t, spans, 'GET /');
  t.is(server.spanContext().spanId, spanId);
  const client = spans.find(({ kind }) => kind === SpanKind.CLIENT);
  const remote = spans.find(span => isServer(span) && span !== server);
  isChild(t, client as typeof server, server);
  isChild(t, remote as typeof server, client as typeof server);
});

test.serial('baggage goes no further in the trace’s context either', async t => {
  const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>();
  const origin = await startOrigin((req, res) => {
    resolve(req);
    res.end('{}');
  });
  t.teardown(origin.close);
  for (const { name } of targets) config[`${name}FunctionUrl`] = origin.url;
  await ask(`${gateway.url}/all`, { headers: { baggage: 'secret=1' } });
  const seen = await promise;
  t.is(seen.headers['baggage'], undefined);
  t.truthy(seen.headers['traceparent']);
});

test.serial('an answer streams: its first part arrives before its last is there', async t => {
  const { promise: go, resolve: finish } = Promise.withResolvers<void>();
  const origin = await startOrigin(async (_req, res) => {
    res.writeHead(201, {
      'x-own': ['a', 'b'],
      connection: 'keep-alive, x-hop',
      'x-hop': 'no',
      traceresponse: 'theirs',
    });
    res.write('first,');
    await go;
    res.end('last');
  });
  t.teardown(origin.close);
  config.betaFunctionUrl = origin.url;
  const answer = await fetch(`${gateway.url}/beta`);
  t.is(answer.status, 201);
  t.is(answer.headers.get('x-own'), 'a, b');
  t.is(answer.headers.get('x-hop'), null);
  t.regex(answer.headers.get('traceresponse') ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  t.is((await reader?.read())?.value, 'first,');
  finish();
  t.is((await reader?.read())?.value, 'last');
});

test.serial('/writeredis is another name of /redis', async t => {
  const origin = await startOrigin((req, res) => void res.end(req.url));
  t.teardown(origin.close);
  config.redisFunctionUrl = origin.url;
  const { text, traceId } = await ask(`${gateway.url}/writeredis`);
  t.is(text, '/redis');
  spanNamed(t, await spansOf(traceId, 3), 'GET /writeredis');
});

test.serial('the deadline is passed on, less what is used, and ends the call with 504', async t => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const { promise: gone, resolve: onGone } = Promise.withResolvers<void>();
  const origin = await startOrigin((req, res) => {
    resolve(String(req.headers['x-request-timeout-ms']));
    res.on('close', onGone);
  });
  t.teardown(origin.close);
  config.alphaFunctionUrl = origin.url;
  runtimeConfig.requestTimeoutMs = 400;
  const { status, text, traceId } = await ask(`${gateway.url}/alpha`, {
    headers: { 'x-request-timeout-ms': '9000' },
  });
  t.is(status, 504);
  t.is(JSON.parse(text).traceId, traceId);
  const passed = Number(await promise);
  t.true(passed > 100 && passed <= 400, `passed on ${passed} ms`);
  await gone;
});

test.serial('a client that goes away ends the call', async t => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: gone, resolve: onGone } = Promise.withResolvers<void>();
  const origin = await startOrigin((_req, res) => {
    onAsked();
    res.on('close', onGone);
  });
  t.teardown(origin.close);
  config.alphaFunctionUrl = origin.url;
  const impatient = new AbortController();
  const answer = t.throwsAsync(ask(`${gateway.url}/alpha`, { signal: impatient.signal }));
  await asked;
  impatient.abort();
  await answer;
  await gone;
  t.pass();
});

test.serial(
  'a function that cannot be reached is a 502 with the trace’s id, and the trace says so',
  async t => {
    const origin = await startOrigin(() => undefined);
    config.betaFunctionUrl = origin.url;
    await origin.close();
    const { status, headers, text, traceId } = await ask(`${gateway.url}/beta`);
    t.is(status, 502);
    t.is(headers.get('content-type'), 'application/problem+json');
    t.deepEqual(JSON.parse(text), {
      type: 'about:blank',
      title: 'Bad Gateway',
      status: 502,
      detail: 'The function beta cannot be reached.',
      traceId,
    });
    const spans = await spansOf(traceId, 2);
    t.deepEqual(
      spans.map(({ name, status: { code } }) => [name, code]),
      [
        ['GET', SpanStatusCode.ERROR],
        ['GET /beta', SpanStatusCode.ERROR],
      ],
    );
  },
);

test.serial('an answer that breaks off breaks off for the client too', async t => {
  const origin = await startOrigin((_req, res) => {
    res.writeHead(200, { 'content-length': '100' });
    res.write('half', () => res.destroy());
  });
  t.teardown(origin.close);
  config.alphaFunctionUrl = origin.url;
  // By itself, not at the request's deadline.
  const signal = AbortSignal.timeout(5_000);
  const error = await t.throwsAsync(fetch(`${gateway.url}/alpha`, { signal }).then(answer => answer.text()));
  t.not(error?.name, 'TimeoutError');
});

test.serial('nothing but the four functions can be called, whatever the path looks like', async t => {
  const called: string[] = [];
  const origin = await startOrigin((req, res) => {
    called.push(req.url ?? '');
    res.end();
  });
  t.teardown(origin.close);
  const stranger = await startOrigin(() => t.fail('the stranger was called'));
  t.teardown(stranger.close);
  config.rootFunctionUrl = origin.url;
  const authority = stranger.url.slice('http:'.length);
  const paths = [
    `${authority}/alpha`,
    `${stranger.url}/nix`,
    '/../beta',
    '/%61lpha',
    '/alpha/..',
    '/healthz/../alpha',
  ];
  for (const path of paths) {
    const status = await rawStatus(gateway.port, path);
    t.true(status === 404 || status === 400, `${path} was answered with ${status}`);
  }
  t.deepEqual(called, []);
});

/** Sends the path as it is, which URL parsers would tidy up first. */
function rawStatus(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () =>
      socket.end(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    socket.once('data', data => resolve(Number(String(data).split(' ')[1])));
    socket.once('error', reject);
  });
}
