// Jaeger's API v3 over the embedded store: its paths, parameters and forms.
import test from 'ava';
import { readTraces } from '../src/read/index.ts';
import { jsonRequest, jsonSpan, otlpCases } from './helpers/otlp-cases.ts';
import { newID, postOtlpJson, startBackend, storedSpan } from './helpers/trace-backend.ts';
import { sameInBothApis } from './helpers/translated.ts';

const id = '0123456789abcdef0123456789abcdef';
const start = 1_700_000_000_123_456_789n;
const span = (parts: Parameters<typeof storedSpan>[0] = {}) =>
  storedSpan({ traceID: id, startTime: start, duration: 5_000n, flags: 0, ...parts });
const text = (key: string, value: string) => ({ key, type: 'string' as const, value });

async function get<Body = Record<string, unknown>>(
  query: string,
  path: string,
): Promise<{ status: number; type: string; body: Body }> {
  const response = await fetch(`${query}/api/v3/${path}`);
  const type = response.headers.get('content-type') ?? '';
  return { status: response.status, type, body: (await response.json()) as Body };
}

const range = 'query.startTimeMin=2023-11-14T00:00:00Z&query.startTimeMax=2023-11-15T00:00:00%2B00:00';

test('services and operations', async t => {
  const { query, store } = await startBackend(t);
  t.deepEqual((await get(query, 'services')).body, { services: [] });
  store.add([span({ tags: [text('span.kind', 'server')] }), span({ operationName: 'work' })]);
  t.deepEqual(await get(query, 'services'), {
    status: 200,
    type: 'application/json',
    body: { services: ['alpha-fn'] },
  });
  const operations = async (more = '') =>
    (await get(query, `operations?service=alpha-fn${more}`)).body['operations'];
  t.deepEqual(await operations(), [
    { name: 'GET /alpha', spanKind: 'server' },
    { name: 'work', spanKind: 'internal' },
  ]);
  t.deepEqual(await operations('&spanKind=server'), [{ name: 'GET /alpha', spanKind: 'server' }]);
  t.deepEqual(await operations('&span_kind=client'), []);
});

test('a trace is OTLP’s JSON, with all that its fields can say', async t => {
  const { query, store } = await startBackend(t);
  const process = { serviceName: 'alpha-fn', tags: [text('host.name', 'h')] };
  const tags = [
    text('otel.scope.name', 'scope'),
    text('otel.scope.version', '1'),
    { key: 'n', type: 'int64' as const, value: 2n ** 60n },
    { key: 'bytes', type: 'binary' as const, value: Uint8Array.of(1, 2) },
    text('span.kind', 'client'),
    text('otel.status_code', 'ERROR'),
    { key: 'error', type: 'bool' as const, value: true },
    text('otel.status_description', 'broke'),
    text('w3c.tracestate', 'a=b'),
  ];
  const other = { refType: 'FOLLOWS_FROM' as const, traceID: 'b'.repeat(16), spanID: 'c'.repeat(16) };
  const references = [{ refType: 'CHILD_OF' as const, traceID: id, spanID: 'd'.repeat(16) }, other];
  const logs = [{ time: start, fields: [text('event', 'said'), text('what', 'x')] }];
  store.add([span({ spanID: 'a'.repeat(16), process, tags, references, logs })]);
  const { status, body } = await get(query, `traces/${id}?rawTraces=true`);
  t.is(status, 200);
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  t.deepEqual(body, {
    result: {
      resourceSpans: [
        {
          resource: { attributes: [attribute('service.name', 'alpha-fn'), attribute('host.name', 'h')] },
          scopeSpans: [
            {
              scope: { name: 'scope', version: '1' },
              spans: [
                {
                  traceId: id,
                  spanId: 'a'.repeat(16),
                  traceState: 'a=b',
                  parentSpanId: 'd'.repeat(16),
                  name: 'GET /alpha',
                  kind: 3,
                  startTimeUnixNano: '1700000000123456789',
                  endTimeUnixNano: '1700000000123461789',
                  attributes: [
                    { key: 'n', value: { intValue: '1152921504606846976' } },
                    { key: 'bytes', value: { bytesValue: 'AQI=' } },
                  ],
                  events: [
                    {
                      timeUnixNano: '1700000000123456789',
                      name: 'said',
                      attributes: [attribute('what', 'x')],
                    },
                  ],
                  links: [
                    {
                      traceId: `${'0'.repeat(16)}${'b'.repeat(16)}`,
                      spanId: 'c'.repeat(16),
                    },
                  ],
                  status: { code: 2, message: 'broke' },
                },
              ],
            },
          ],
        },
      ],
    },
  });
});

for (const [name, toRequest] of Object.entries(otlpCases)) {
  test(`both versions of the API say the same of a trace: ${name}`, async t => {
    const backend = await startBackend(t);
    const { request, traceIDs } = toRequest(`v3-${newID(8)}`);
    t.is((await postOtlpJson(backend, request)).status, 200);
    for (const traceID of traceIDs.slice(0, 1)) await sameInBothApis(t, backend, traceID);
  });
}

test('a search takes the names of parameters in both styles', async t => {
  const { query, store } = await startBackend(t);
  store.add([
    span(),
    span({ traceID: 'f'.repeat(32), startTime: start + 1n, tags: [text('x', 'y')], duration: 9_000_000n }),
  ]);
  const found = async (parameters: string, path = 'traces') => {
    const response = await fetch(`${query}/api/v3/${path}?${parameters}`);
    if (response.status !== 200) return response.status;
    return readTraces(await response.text()).map(({ traceID }) => traceID);
  };
  const snake =
    'query.start_time_min=2023-11-14T22:13:20.123456789Z&query.start_time_max=2023-11-14T23:13:20%2B01:00';
  t.deepEqual(await found(`query.serviceName=alpha-fn&${range}`), [id, 'f'.repeat(32)]);
  t.deepEqual(
    await found(`query.service_name=alpha-fn&${snake}`),
    400 as never,
    'the range ends before it begins',
  );
  const exact = snake
    .replace('23:13:20%2B01:00', '22:13:20.123456789%2B00:00')
    .replace('.123456789Z', '.123456788Z');
  t.deepEqual(await found(`query.service_name=alpha-fn&${exact}`), [id]);
  for (const [parameters, expected] of [
    ['query.serviceName=alpha-fn&query.searchDepth=1', ['f'.repeat(32)]],
    ['query.serviceName=alpha-fn&query.num_traces=1', ['f'.repeat(32)]],
    ['query.serviceName=alpha-fn&query.durationMin=1ms', ['f'.repeat(32)]],
    ['query.serviceName=alpha-fn&query.duration_max=1ms', [id]],
    [`query.serviceName=alpha-fn&query.attributes=${encodeURIComponent('{"x":"y"}')}`, ['f'.repeat(32)]],
    ['query.serviceName=alpha-fn&query.operationName=none', 404],
    ['query.serviceName=none', 404],
  ] as const)
    t.deepEqual(await found(`${parameters}&${range}`), expected as never, parameters);
});

test('a summary counts the spans, the failed ones and the orphans of each trace and service', async t => {
  const { query, store } = await startBackend(t);
  const failed = { key: 'error', type: 'bool' as const, value: true };
  const parent = (spanID: string) => [{ refType: 'CHILD_OF' as const, traceID: id, spanID }];
  store.add([
    span({ spanID: '1'.repeat(16), operationName: 'root' }),
    span({ references: parent('1'.repeat(16)), tags: [failed], duration: 9_000n }),
    span({ references: parent('2'.repeat(16)), process: { serviceName: 'beta-fn', tags: [] } }),
  ]);
  t.deepEqual((await get(query, `trace-summaries?query.serviceName=beta-fn&${range}`)).body, {
    summaries: [
      {
        traceId: id,
        rootServiceName: 'alpha-fn',
        rootOperationName: 'root',
        minStartTimeUnixNano: '1700000000123456789',
        maxEndTimeUnixNano: '1700000000123465789',
        spanCount: 3,
        errorSpanCount: 1,
        orphanSpanCount: 1,
        services: [
          { name: 'alpha-fn', spanCount: 2, errorSpanCount: 1 },
          { name: 'beta-fn', spanCount: 1 },
        ],
      },
    ],
  });
  t.deepEqual((await get(query, `trace-summaries?query.serviceName=none&${range}`)).body, { summaries: [] });
});

interface Failure {
  error: { httpCode: number; message: string };
}

test('what is wrong or not there is said in the form of this API', async t => {
  const { query } = await startBackend(t);
  const cases: [path: string, status: number, message: RegExp][] = [
    [`traces/${id}`, 404, /^No traces found$/],
    ['traces/xyz', 400, /^malformed parameter trace_id: /],
    [`traces/${id}?raw_traces=maybe`, 400, /raw_traces/],
    ['traces?query.serviceName=a', 400, /^query\.startTimeMin and query\.startTimeMax are required$/],
    [
      'traces?query.serviceName=a&query.startTimeMin=now&query.startTimeMax=now',
      400,
      /^malformed parameter query\.startTimeMin: "now"/,
    ],
    [
      'traces?query.startTimeMin=2023-11-15T00:00:00Z&query.startTimeMax=2023-11-14T00:00:00Z',
      400,
      /must be before/,
    ],
    [`traces?${range}`, 400, /^query\.serviceName is required$/],
    [
      `trace-summaries?query.serviceName=a&query.searchDepth=x&${range}`,
      400,
      /^malformed parameter query\.searchDepth/,
    ],
    [
      `traces?query.serviceName=a&query.durationMin=1&${range}`,
      400,
      /^malformed parameter query\.durationMin/,
    ],
    [
      `traces?query.serviceName=a&query.attributes=null&${range}`,
      400,
      /^malformed parameter query\.attributes/,
    ],
    [
      `traces?query.serviceName=a&query.attributes=%7B%22a%22:1%7D&${range}`,
      400,
      /the value of "a" is not text/,
    ],
    [`traces?query.serviceName=a&${range}`, 404, /^No traces found$/],
    ['nothing', 404, /^no such path; there are \/api\/v3\/services/],
  ];
  for (const [path, status, message] of cases) {
    const answered = await get<Failure>(query, path);
    t.is(answered.status, status, path);
    t.is(answered.body.error.httpCode, status, path);
    t.regex(answered.body.error.message, message);
  }
});

test('a large trace is sent whole', async t => {
  const { query, store } = await startBackend(t);
  const spans = Array.from({ length: 3_000 }, () => span({ tags: [text('x', 'y'.repeat(500))] }));
  store.add(spans);
  const [trace] = readTraces(await (await fetch(`${query}/api/v3/traces/${id}`)).text());
  t.is(trace?.spans.length, 3_000);
});

interface Result {
  result: { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
}

test('a request of all kinds of spans comes back as it was sent', async t => {
  const backend = await startBackend(t);
  const attributes = [{ key: 'service.name', value: { stringValue: 'a' } }];
  const sent = jsonSpan(id, {
    kind: 2,
    parentSpanId: 'd'.repeat(16),
    status: { code: 1 },
    traceState: 'x=y',
  });
  await postOtlpJson(backend, jsonRequest(attributes, [sent], { name: 's', version: '' }));
  const { body } = await get<Result>(backend.query, `traces/${id}?raw_traces=true`);
  const received = body.result.resourceSpans[0]?.scopeSpans[0]?.spans[0];
  t.like(received as Record<string, unknown>, sent);
});
