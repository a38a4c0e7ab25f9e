/**
 * The packed package, installed in a folder of somebody else's functions with a framework of its own: it gives the
 * responses that the framework's own command gives, and traces.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JaegerTrace } from '../../traced/src/diagnosis/jaeger.ts';
import { getJson, startBackend } from '../../traced/test/helpers/trace-backend.ts';
import { installed, ours, type Run, start, stock } from './helpers/drop-in.ts';

/** The headers that a client acts by. */
const compared = [
  'content-type',
  'location',
  'set-cookie',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'allow',
  'x-google-status',
];

async function responseOf(url: string, init: RequestInit) {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const headers = Object.fromEntries(compared.map(name => [name, response.headers.get(name)]));
  return { status: response.status, headers, body: await response.text() };
}

type Request = [path: string, init?: RequestInit];

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const post = (type: string, body: string | Uint8Array<ArrayBuffer>): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': type },
  body,
});

const binaryEvent: RequestInit = {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'ce-id': '1',
    'ce-type': 'shop.order',
    'ce-source': '/shop',
    'ce-specversion': '1.0',
  },
  body: '{"order":7}',
};

const structuredEvent = post(
  'application/cloudevents+json',
  JSON.stringify({ id: '1', type: 'shop.order', source: '/shop', specversion: '1.0', data: { order: 7 } }),
);

const backgroundEvent = json({ data: { order: 7 }, context: { eventId: '7', eventType: 'shop.order' } });

const same: [what: string, run: Run, requests: Request[]][] = [
  ['a registered function', { target: 'echo' }, [['/'], ['/a/b?x=1&y=2&x=3'], ['/', { method: 'DELETE' }]]],
  ['a name in camelCase with an underscore', { target: 'camelCase_Name' }, [['/']]],
  ['an exported function', { target: 'exported' }, [['/path']]],
  ['a nested export', { target: 'nested.deep' }, [['/path']]],
  [
    'bodies of every kind',
    { target: 'echo' },
    [
      ['/', json({ a: [1, 'ü'] })],
      ['/', post('text/plain', 'plain')],
      ['/', post('application/x-www-form-urlencoded', 'a=1&b[c]=2')],
      ['/', post('application/octet-stream', new Uint8Array([0, 1, 255]))],
      ['/', { method: 'PUT', body: '' }],
    ],
  ],
  [
    'a CloudEvent function',
    { target: 'event' },
    [
      ['/', binaryEvent],
      ['/', structuredEvent],
    ],
  ],
  ['a CloudEvent function with a callback', { target: 'eventByCallback' }, [['/', binaryEvent]]],
  [
    'a background function',
    { target: 'background', signature: 'event' },
    [
      ['/', backgroundEvent],
      ['/', { method: 'OPTIONS' }],
      ['/favicon.ico', backgroundEvent],
    ],
  ],
  ['an Express app', { target: 'app' }, [['/items/7'], ['/items', json({ a: 1 })]]],
  ['an ES module’s folder', { target: 'esm', source: 'esm' }, [['/']]],
  ['an ES module’s export', { target: 'exported', source: 'esm/function.js' }, [['/']]],
  [
    'cookies, redirects, CORS and streams',
    { target: 'web' },
    [['/cookie'], ['/redirect'], ['/cors'], ['/cors', { method: 'OPTIONS' }], ['/stream'], ['/teapot']],
  ],
];

for (const [what, run, requests] of same) {
  installed(`${what} gives the framework’s responses`, async t => {
    const [theirs, own] = await Promise.all([stock(t, run), ours(t, run)]);
    for (const [path, init = {}] of requests)
      t.deepEqual(await responseOf(own.url + path, init), await responseOf(theirs.url + path, init), path);
  });
}

const asFramework: [what: string, target: string, path: string, init?: RequestInit][] = [
  ['a function that throws', 'fails', '/throws'],
  ['a function that rejects', 'fails', '/rejects'],
  ['a function that throws in a timer', 'fails', '/later'],
  ['a CloudEvent function that throws', 'eventFails', '/', binaryEvent],
  ['a path that an Express app does not have', 'app', '/none'],
  ['an ignored route', 'echo', '/favicon.ico'],
];

for (const nodeEnv of ['production', 'development']) {
  for (const [what, target, path, init = {}] of asFramework) {
    installed(`${what} gives the framework’s response where that is asked for, in ${nodeEnv}`, async t => {
      const env = { NODE_ENV: nodeEnv, ERROR_RESPONSES: 'framework' };
      const [theirs, own] = await Promise.all([
        start(t, 'functions-framework', { target }, env),
        ours(t, { target }, env),
      ]);
      t.deepEqual(await responseOf(own.url + path, init), await responseOf(theirs.url + path, init));
    });
  }
}

installed('/healthz is the function’s own where the runtime is told not to respond to it', async t => {
  const { url } = await ours(t, { target: 'echo' }, { HEALTH_CHECK: 'false' });
  t.like(JSON.parse((await responseOf(`${url}/healthz`, {})).body), { url: '/healthz' });
});

installed('TypeScript with an enum and an import without extension runs', async t => {
  const { url } = await ours(t, { target: 'typed', source: 'typescript' });
  t.is((await responseOf(`${url}/path`, {})).body, 'Red /path');
});

for (const path of ['/throws', '/rejects']) {
  installed(`a function that fails at ${path} is a problem document without its message`, async t => {
    const { url, lines } = await ours(t, { target: 'fails' });
    const { status, headers, body } = await responseOf(url + path, {});
    t.is(status, 500);
    t.is(headers['content-type'], 'application/problem+json');
    t.like(JSON.parse(body), { status: 500, title: 'Internal Server Error' });
    t.notRegex(body, /a secret/);
    t.notThrows(() => lines.map(line => JSON.parse(line)), 'its stack is in a JSON line of the log');
  });
}

type Span = JaegerTrace['spans'][number];

installed(
  'a CloudEvent’s span is below the request’s, with its attributes and a link to its creation',
  async t => {
    const backend = await startBackend(t);
    const { url, child } = await ours(
      t,
      { target: 'event' },
      { OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp },
    );
    const created = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    const traceparent = `00-${created.traceId}-${created.spanId}-01`;
    const headers = { ...(binaryEvent.headers as Record<string, string>), 'ce-traceparent': traceparent };
    const response = await fetch(url, { ...binaryEvent, headers });
    t.deepEqual(await response.json(), { type: 'shop.order', data: { order: 7 } });
    const traceId = response.headers.get('traceresponse')?.split('-')[1];
    child.kill('SIGTERM');
    await once(child, 'exit');
    const [trace] = (await getJson(backend, `/api/traces/${traceId}`)).body.data;
    const span = trace?.spans.find(each => each.operationName === 'CloudEvents Process shop.order');
    if (trace === undefined || span === undefined) return t.fail('no span of the event');
    const tags = new Map(span.tags.map(({ key, value }) => [key, value]));
    t.is(tags.get('span.kind'), 'consumer');
    t.is(tags.get('cloudevents.event_id'), '1');
    t.is(tags.get('cloudevents.event_source'), '/shop');
    t.is(tags.get('cloudevents.event_type'), 'shop.order');
    const parent = span.references.find(({ refType }) => refType === 'CHILD_OF');
    t.is(nameOf(trace, parent?.spanID ?? ''), 'POST');
    t.like(
      span.references.find(({ refType }) => refType === 'FOLLOWS_FROM'),
      {
        traceID: created.traceId,
        spanID: created.spanId,
      },
    );
  },
);

const nameOf = ({ spans }: JaegerTrace, spanID: string): string | undefined =>
  spans.find(span => span.spanID === spanID)?.operationName;

installed(
  'an Express app’s requests are named after their routes, those that it does not have after none',
  async t => {
    const backend = await startBackend(t);
    const { url, child } = await ours(
      t,
      { target: 'app' },
      { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp },
    );
    const paths = ['/items/7', '/none/7', '/mounted/7'];
    const ids = await Promise.all(
      paths.map(async path => (await fetch(url + path)).headers.get('traceresponse')?.split('-')[1]),
    );
    child.kill('SIGTERM');
    await once(child, 'exit');
    const names = ids.map(async id => {
      const [trace] = (await getJson(backend, `/api/traces/${id}`)).body.data;
      return trace?.spans.find(({ tags }) => tags.some(({ value }) => value === 'server'))?.operationName;
    });
    t.deepEqual(await Promise.all(names), ['GET /items/:id', 'GET', 'GET']);
  },
);

installed('what a function calls by fetch is in its trace, whole at SIGTERM', async t => {
  const backend = await startBackend(t);
  const other = createServer((_req, res) => void res.end('fine')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => void other.close().closeAllConnections());
  const { url, child } = await ours(
    t,
    { target: 'calls' },
    { OTEL_TRACES_EXPORTER: '', OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp },
  );
  const called = `http://127.0.0.1:${(other.address() as AddressInfo).port}/other`;
  const response = await fetch(`${url}/?url=${called}`);
  t.is(await response.text(), 'fine');
  const traceId = response.headers.get('traceresponse')?.split('-')[1];
  child.kill('SIGTERM');
  t.deepEqual(await once(child, 'exit'), [0, null]);
  const { body } = await getJson(backend, `/api/traces/${traceId}`);
  const [trace] = body.data;
  if (trace === undefined) return t.fail('no trace');
  const client = trace.spans.find(span => span.tags.some(({ value }) => value === called));
  t.is(nameOf(trace, client?.references[0]?.spanID ?? ''), 'GET');
  const isRoot = ({ references }: Span) => references.every(({ refType }) => refType !== 'CHILD_OF');
  t.deepEqual(
    trace.spans.filter(isRoot).map(({ tags }) => tags.find(({ key }) => key === 'span.kind')?.value),
    ['server'],
  );
});

installed('an agent of Jaeger’s gets the spans by UDP', async t => {
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  t.teardown(() => agent.close());
  await once(agent, 'listening');
  const datagram = once(agent, 'message', { signal: AbortSignal.timeout(20_000) });
  const { url, child } = await ours(
    t,
    { target: 'echo' },
    {
      OTEL_TRACES_EXPORTER: 'jaeger',
      OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
      OTEL_EXPORTER_JAEGER_AGENT_PORT: String(agent.address().port),
    },
  );
  await fetch(url);
  child.kill('SIGTERM');
  t.true(String((await datagram)[0]).includes('echo-fn'));
});

for (const [args, message] of [
  [{ target: 'missing' }, /neither registered nor exported a function "missing"; exported: .*exported/],
  [{ target: 'echo', source: 'nowhere' }, /nowhere has no module to load/],
  [
    { target: 'echo', signature: 'typed' },
    /FUNCTION_SIGNATURE_TYPE="typed" must be one of http, event, cloudevent/,
  ],
] as const) {
  installed(`${JSON.stringify(args)} ends the start with what to do`, async t => {
    const error = await t.throwsAsync(ours(t, args));
    t.regex(error?.message.replaceAll('\\"', '"') ?? '', message);
  });
}
