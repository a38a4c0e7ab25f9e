import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
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
