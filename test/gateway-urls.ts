import { propagation, SpanKind } from '@opentelemetry/api';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import test from 'ava';
import { targets } from '../functions/shared/targets.ts';
import { ask, isChild, serveFunction, spansOf, startRuntime } from './helpers/functions.ts';
import { startOrigin } from './helpers/origin.ts';
import { get as say, talkTo } from './helpers/talk.ts';

const config = await startRuntime();
const { readExerciseConfig } = await import('../functions/shared/settings.ts');
const gateway = await serveFunction('gateway');
const root = await serveFunction('root');
const seen: { url: string; rawHeaders: string[] }[] = [];
const origin = await startOrigin(({ url = '', rawHeaders }, res) => {
  seen.push({ url, rawHeaders });
  res.setHeader('x-page', Buffer.from('värde €', 'utf8').toString('latin1'));
  res.setHeader('x-latin', 'w\xe9rde').end(Buffer.from('{}')); // Node writes headers as UTF-8 before a string
});
test.after.always(() => Promise.all([gateway.close(), root.close(), origin.close()]));
test.beforeEach(() => {
  seen.length = 0;
  for (const { name } of targets) config[`${name}FunctionUrl`] = origin.url;
});

/** Sends a target as it is, and waits until the function behind the gateway has it. */
async function sentOn(target: string): Promise<string | undefined> {
  const { socket } = talkTo(gateway.port, say(target));
  const { length } = seen;
  while (seen.length === length) await new Promise(setImmediate);
  socket.destroy();
  return seen.at(-1)?.url;
}

test.serial('the whole query reaches the function, whatever is in it', async t => {
  const queries = [
    'next=/login?user=7&page=2',
    '?',
    '??a=?b?',
    'a=1&a=2&&=',
    'a=%20%3F%23%2e%2e/&b=+',
    '/../../alpha',
    'url=http://stranger.invalid/?x',
    'a=%ff%00',
    'a={}|[]\\^`',
  ];
  for (const query of queries) t.is(await sentOn(`/beta?${query}`), `/beta?${query}`);
  t.is(await sentOn('/beta?'), '/beta');
  t.is(await sentOn("/beta?a='"), '/beta?a=%27');
});

test.serial('a path in a function’s URL is put before the function’s own', async t => {
  for (const [base, before] of [
    ['', ''],
    ['/', ''],
    ['/base', '/base'],
    ['/base/', '/base'],
    ['/a/b//', '/a/b'],
    ['/a%2Fb/', '/a%2Fb'],
    ['/a/../b', '/b'],
  ] as const) {
    for (const { name } of targets) config[`${name}FunctionUrl`] = origin.url + base;
    t.is(await sentOn('/'), `${before}/`);
    t.is(await sentOn('/alpha?x=1'), `${before}/alpha?x=1`);
    t.is(await sentOn('/writeredis'), `${before}/redis`);
    seen.length = 0;
    t.is((await ask(`${gateway.url}/all`)).status, 200);
    t.deepEqual(
      seen.map(({ url }) => url).sort(),
      targets
        .map(({ path }) => path)
        .sort()
        .map(path => before + path),
    );
  }
});

test('a function’s URL with a query or a fragment is refused at start', t => {
  for (const tail of ['?x=1', '/base?x', '#x', '/?', '/a#']) {
    t.throws(() => readExerciseConfig({ ALPHA_URL: `http://host${tail}` }), {
      message: /ALPHA_URL=.* must be a URL without a query or a fragment/,
    });
  }
  t.is(readExerciseConfig({ UPSTREAM_URL: 'http://host/?q=1' }).upstreamUrl, 'http://host/?q=1');
});

const id = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';
const theirs: Record<string, string> = {
  traceparent: `00-${id}-${span}-01`,
  tracestate: 'a=b',
  traceresponse: `00-${id}-${span}-01`,
  baggage: 'secret=1',
  b3: `${id}-${span}-1`,
  'X-B3-TraceId': id,
  'X-B3-SpanId': span,
  'X-B3-ParentSpanId': span,
  'X-B3-Sampled': '1',
  'X-B3-Flags': '1',
  'uber-trace-id': `${id}:${span}:0:1`,
  'uberctx-secret': '1',
  'jaeger-debug-id': 'x',
  'jaeger-baggage': 'secret=1',
  'ot-tracer-traceid': id,
  'ot-tracer-spanid': span,
  'ot-tracer-sampled': 'true',
  'ot-baggage-secret': '1',
  'X-Amzn-Trace-Id': `Root=1-${id.slice(0, 8)}-${id.slice(8)};Parent=${span};Sampled=1`,
  'X-Cloud-Trace-Context': `${id}/1;o=1`,
  sw8: '1-x-y-0-a-b-c-d',
  'sw8-correlation': 'secret',
  'grpc-trace-bin': 'AAAA',
  'x-datadog-trace-id': '1',
  'elastic-apm-traceparent': `00-${id}-${span}-01`,
  'Correlation-Context': 'secret=1',
};

test.serial('whatever a propagator could extract from a client’s headers stops at the gateway', async t => {
  await ask(`${gateway.url}/alpha`, { headers: { ...theirs, 'x-request-id': 'theirs' } });
  await ask(`${gateway.url}/all`, { headers: theirs });
  t.is(seen.length, 1 + targets.length);
  for (const { rawHeaders } of seen) {
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
      // The gateway's own, and the state that W3C's propagator has to hand on with it.
      const own = name === 'tracestate' || (name === 'traceparent' && !value.includes(span));
      t.true(own || !Object.keys(theirs).some(their => their.toLowerCase() === name.toLowerCase()), name);
    }
  }
  await ask(`${gateway.url}/alpha`, { headers: { tracestate: 'a=b' } });
  t.false(seen.at(-1)?.rawHeaders.includes('a=b'), 'a state without a parent');
  t.true(seen[0]?.rawHeaders.includes('theirs'), 'what is no trace context goes on');
});

test.serial(
  'with b3multi the function is below the gateway for a client that sends the single header',
  async t => {
    propagation.disable();
    t.true(
      propagation.setGlobalPropagator(new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER })),
    );
    config.rootFunctionUrl = root.url;
    const theirSpan = '00f067aa0ba902b7';
    const theirTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await ask(gateway.url, { headers: { b3: `${theirTrace}-${theirSpan}-1` } });
    const spans = await spansOf(theirTrace, 3);
    t.is(spans.length, 3);
    const client = spans.find(({ kind }) => kind === SpanKind.CLIENT) as ReadableSpan;
    const servers = spans.filter(({ kind }) => kind === SpanKind.SERVER);
    const below = servers.find(
      ({ parentSpanContext }) => parentSpanContext?.spanId !== theirSpan,
    ) as ReadableSpan;
    isChild(t, below, client);
  },
);

for (const method of ['GET', 'HEAD']) {
  test.serial(`header text passes the gateway byte by byte, both ways (${method})`, async t => {
    const utf8 = (text: string) => Buffer.from(text).toString('latin1');
    const talk = talkTo(
      gateway.port,
      `${method} /alpha HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Theirs: ${utf8('ü€')} \xfc\r\n\r\n`,
    );
    let head = '';
    talk.socket.on('data', data => {
      head += data;
    });
    await talk.closed;
    t.true(seen[0]?.rawHeaders.includes(`${utf8('ü€')} \xfc`));
    t.true(head.includes(`x-page: ${utf8('värde €')}`));
    t.true(head.includes('x-latin: w\xe9rde'));
  });
}
