import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import test from 'ava';
import { ask, isChild, serveFunction, spanNamed, spansOf, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';

const config = await startRuntime();
const beta = await serveFunction('beta');
/** The page is served by this process too, and so has server spans in the same traces. */
const isOutbound = ({ kind }: ReadableSpan) => kind === SpanKind.CLIENT;

test.after.always(() => beta.close());
test.beforeEach(() => config.faults.clear());

test.serial('one GET on one connection serves all for a minute', async t => {
  let gets = 0;
  const origin = await startOrigin((_req, res) => {
    gets++;
    res.setHeader('cache-control', 'max-age=60').end('page');
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  const answers = await Promise.all([1, 2, 3].map(() => ask(beta.url)));
  answers.push(await ask(beta.url));
  t.true(answers.every(({ status }) => status === 200));
  t.is(gets, 1);
  const clients = (await Promise.all(answers.map(({ traceId }) => spansOf(traceId))))
    .flat()
    .filter(isOutbound);
  const get = spanNamed(t, clients, 'GET');
  isChild(t, get, spanNamed(t, await spansOf(get.spanContext().traceId, 2), 'GET /beta'));
  t.like(get.attributes, {
    'url.full': `${origin.url}/`,
    'http.response.status_code': 200,
    'http.client.connection.reused': false,
    'http.client.response.stored': true,
  });
  t.deepEqual(get.attributes['http.response.header.cache-control'], ['max-age=60']);
});

test.serial('with beta-uncached every request opens a connection and GETs the page', async t => {
  config.faults.add('beta-uncached');
  let gets = 0;
  const origin = await startOrigin((_req, res) => {
    gets++;
    res.end('page');
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  for (const _ of [1, 2, 3]) {
    const { traceId } = await ask(beta.url);
    const spans = await spansOf(traceId, 3);
    const get = spanNamed(t, spans.filter(isOutbound), 'GET');
    isChild(t, get, spanNamed(t, spans, 'GET /beta'));
    t.is(get.attributes['http.client.connection.reused'], false);
    t.is(get.attributes['http.client.response.stored'], undefined);
  }
  t.is(gets, 3);
  t.is(origin.connections, 3);
});

test.serial('whoever goes away does not end the GET for the others', async t => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const { promise: go, resolve: answer } = Promise.withResolvers<void>();
  const origin = await startOrigin(async (_req, res) => {
    onAsked();
    await go;
    res.setHeader('x-page', 'whole').end('page');
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  const impatient = new AbortController();
  const first = t.throwsAsync(ask(beta.url, { signal: impatient.signal }));
  await asked;
  const second = ask(beta.url);
  impatient.abort();
  await first;
  answer();
  t.is(JSON.parse((await second).text)['x-page'], 'whole');
});

const unkept: [string, number, Record<string, string>][] = [
  ['no-store', 200, { 'cache-control': 'no-store' }],
  ['private', 200, { 'cache-control': 'private, max-age=60' }],
  ['no-cache', 200, { 'cache-control': 'no-cache' }],
  ['max-age=0', 200, { 'cache-control': 'max-age=0' }],
  ['Expires in the past', 200, { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  ['Vary: *', 200, { vary: '*' }],
  ['429', 429, { 'retry-after': '1' }],
  ['404', 404, { 'cache-control': 'max-age=60' }],
  ['403', 403, {}],
];
for (const [what, status, headers] of unkept) {
  test.serial(`a page with ${what} is for one request alone, also among those in parallel`, async t => {
    let gets = 0;
    const origin = await startOrigin((_req, res) => {
      res.writeHead(status, { ...headers, 'x-number': String(++gets) }).end('page');
    });
    t.teardown(origin.close);
    config.upstreamUrl = origin.url;
    const answers = [await ask(beta.url), ...(await Promise.all([1, 2, 3].map(() => ask(beta.url))))];
    const numbers = answers.map(({ text }) => JSON.parse(text)['x-number']);
    t.deepEqual(numbers.sort(), ['1', '2', '3', '4']);
    for (const { traceId } of answers) {
      const get = (await spansOf(traceId, 2)).find(isOutbound);
      if (get) t.is(get.attributes['http.client.response.stored'], undefined);
    }
  });
}

test.serial('a redirect that may not be kept is asked for again', async t => {
  let gets = 0;
  const origin = await startOrigin(({ url }, res) => {
    gets++;
    if (url === '/there') res.end('page');
    else res.writeHead(302, { location: '/there', 'cache-control': 'no-store' }).end();
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  await ask(beta.url);
  await ask(beta.url);
  t.is(gets, 4);
});

test.serial('header text is UTF-8 where it is valid as that, and Latin-1 otherwise', async t => {
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const origin = await startOrigin((_req, res) => {
    res.setHeader('x-utf8', [utf8('värde €'), utf8('日本 🎉')]);
    res.setHeader('x-both', [utf8('ü'), '\xfc']);
    res.setHeader('x-latin', 'w\xe9rde').setHeader('x-ascii', 'plain').end(Buffer.from('page'));
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  t.like(JSON.parse((await ask(beta.url)).text), {
    'x-utf8': 'värde €, 日本 🎉',
    'x-both': 'ü, ü',
    'x-latin': 'wérde',
    'x-ascii': 'plain',
  });
});

test.serial('a redirect to a path in UTF-8 is followed to that path', async t => {
  const origin = await startOrigin(({ url }, res) => {
    if (url === '/') res.writeHead(302, { location: Buffer.from('/värde').toString('latin1') }).end();
    else res.setHeader('x-path', url ?? '').end('page');
  });
  t.teardown(origin.close);
  config.upstreamUrl = origin.url;
  t.is(JSON.parse((await ask(beta.url)).text)['x-path'], '/v%C3%A4rde');
});
