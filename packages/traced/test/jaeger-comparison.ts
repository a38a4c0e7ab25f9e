// The same spans go to the embedded backend and to a real Jaeger 1.76, and every query path must answer the
// same from both. Only where JAEGER_TEST_QUERY, JAEGER_TEST_COLLECTOR and JAEGER_TEST_OTLP (base URLs) are set.
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import test, { type ExecutionContext } from 'ava';
import { sameAnswers, searchPaths, tracePaths } from './helpers/jaeger-answers.ts';
import { encodeOtlpProtobuf, jsonRequest, jsonSpan, otlpCases } from './helpers/otlp-cases.ts';
import { encodeBatch, type ThriftBatch } from './helpers/thrift-batch.ts';
import {
  type Backend,
  getJson,
  newID,
  postOtlpJson,
  startBackend,
  type Target,
} from './helpers/trace-backend.ts';
import { sameInBothApis, sameTranslation } from './helpers/translated.ts';

const { JAEGER_TEST_QUERY, JAEGER_TEST_COLLECTOR, JAEGER_TEST_OTLP } = process.env;
const enabled = JAEGER_TEST_QUERY && JAEGER_TEST_COLLECTOR && JAEGER_TEST_OTLP;

interface Compared {
  ours: Backend;
  jaeger: Target;
  /** The real Jaeger keeps what earlier runs sent, so each test has a service of its own. */
  service: string;
}

function compared(title: string, run: (t: ExecutionContext, targets: Compared) => Promise<void>): void {
  (enabled ? test.serial : test.skip)(title, async t => {
    t.timeout(120_000);
    const jaeger = {
      query: JAEGER_TEST_QUERY ?? '',
      collector: JAEGER_TEST_COLLECTOR ?? '',
      otlp: JAEGER_TEST_OTLP ?? '',
    };
    await run(t, { ours: await startBackend(t), jaeger, service: `compared-${newID(8)}` });
  });
}

compared('spans from the Jaeger exporter read the same', async (t, targets) => {
  const { ours, jaeger, service } = targets;
  const exporters = [ours, jaeger].map(
    ({ collector }) => new JaegerExporter({ endpoint: `${collector}/api/traces?format=jaeger.thrift` }),
  );
  const ids = await sendExample(service, exporters);
  t.is((await getJson(ours, `/api/traces?service=${service}`)).body.data.length, 2);
  await sameAnswers(t, targets, [...tracePaths(ids), ...searchPaths(service)]);
});

compared('spans from the OTLP exporter read the same', async (t, targets) => {
  const { ours, jaeger, service } = targets;
  const exporters = [ours, jaeger].map(({ otlp }) => new OTLPTraceExporter({ url: `${otlp}/v1/traces` }));
  const ids = await sendExample(service, exporters);
  t.is((await getJson(ours, `/api/traces?service=${service}`)).body.data.length, 2);
  await sameAnswers(t, targets, [...tracePaths(ids), ...searchPaths(service)]);
});

for (const [name, toRequest] of Object.entries(otlpCases)) {
  compared(`hand-made OTLP reads the same: ${name}`, async (t, targets) => {
    const { ours, jaeger, service } = targets;
    const { request, traceIDs, services = [service] } = toRequest(service);
    for (const target of [ours, jaeger]) t.is((await postOtlpJson(target, request)).status, 200);
    for (const id of traceIDs) t.not(ours.store.trace(id), undefined);
    const operations = services.map(each => `/api/services/${encodeURIComponent(each)}/operations`);
    await sameAnswers(t, targets, [...tracePaths(traceIDs), ...operations, ...searchPaths(service)]);
  });

  compared(`hand-made OTLP reads from a file as Jaeger translates it: ${name}`, async (t, targets) => {
    const { jaeger, service } = targets;
    const { request } = toRequest(service);
    t.is((await postOtlpJson(jaeger, request)).status, 200);
    await sameTranslation(t, request, jaeger);
  });
}

compared('a trace of Jaeger’s API v3 reads as from its first API', async (t, targets) => {
  const { ours, jaeger, service } = targets;
  const exporters = [ours, jaeger].map(({ otlp }) => new OTLPTraceExporter({ url: `${otlp}/v1/traces` }));
  const ids = await sendExample(service, exporters);
  // Once these answers are the same, Jaeger has stored all spans.
  await sameAnswers(t, targets, tracePaths(ids));
  for (const id of ids) await sameInBothApis(t, jaeger, id);
});

compared('hand-made thrift reads the same', async (t, targets) => {
  const { ours, jaeger, service } = targets;
  const now = BigInt(Date.now() - 60_000) * 1_000n;
  const high = BigInt(`0x${newID(8)}`);
  const low = BigInt(`0x${newID(8)}`);
  const ids = [(high * 2n ** 64n + low).toString(16).padStart(32, '0'), low.toString(16).padStart(16, '0')];
  const tags = [
    { key: 'z', vType: 'STRING', vStr: 'é\u{1f600}' },
    { key: 'long', vType: 'LONG', vLong: 2n ** 53n },
    { key: 'long', vType: 'LONG', vLong: -5n },
    { key: 'double', vType: 'DOUBLE', vDouble: 0.1 },
    { key: 'bool', vType: 'BOOL', vBool: true },
    { key: 'binary', vType: 'BINARY', vBinary: Uint8Array.of(0, 255) },
    { key: 'unset', vType: 'BINARY' },
    { key: 'telemetry.sdk.version', vType: 'STRING', vStr: '2' },
    { key: 'peer.ipv4', vType: 'LONG', vLong: 2130706433n },
    { key: 'span.kind', vType: 'STRING', vStr: 'server' },
  ];
  const reference = (refType: string, traceIdHigh: bigint, spanId: bigint) => ({
    refType,
    traceIdHigh,
    traceIdLow: low,
    spanId,
  });
  const span = (spanId: bigint, parts: Partial<ThriftBatch['spans'][number]> = {}) => ({
    traceIdLow: low,
    traceIdHigh: high,
    spanId,
    parentSpanId: 0n,
    operationName: 'work',
    references: [],
    flags: 1,
    startTime: now,
    duration: 1_000n,
    tags,
    logs: [],
    ...parts,
  });
  const logs = [{ timestamp: now, fields: [...tags, { key: 'event', vType: 'STRING', vStr: 'said' }] }];
  const spans = [
    span(1n, { logs, flags: 3 }),
    span(2n, { duration: 0n, parentSpanId: 1n, flags: 0 }),
    span(3n, { duration: -5n, references: [reference('FOLLOWS_FROM', high, 2n)] }),
    span(-4n, {
      parentSpanId: 1n,
      references: [reference('FOLLOWS_FROM', high, 1n), reference('CHILD_OF', high, 2n)],
    }),
    span(5n, { parentSpanId: 1n, references: [reference('FOLLOWS_FROM', high + 1n, 9n)] }),
    span(6n, { traceIdHigh: 0n, operationName: '', parentSpanId: 77n }),
    span(1n, { tags: [{ key: 'span.kind', vType: 'STRING', vStr: 'client' }] }),
  ];
  const process = { serviceName: service, tags: [...tags, { key: 'ip', vType: 'STRING', vStr: '10.0.0.1' }] };
  for (const target of [ours, jaeger]) {
    for (const batch of [
      { process, spans },
      { process: { serviceName: '', tags: [] }, spans: [span(8n)] },
    ]) {
      const headers = { 'content-type': 'application/x-thrift' };
      const body = Uint8Array.from(encodeBatch(batch));
      t.is((await fetch(`${target.collector}/api/traces`, { method: 'POST', headers, body })).status, 202);
    }
  }
  await sameAnswers(t, targets, [...tracePaths(ids), ...searchPaths(service)]);
});

compared('text that is not UTF-8 reads the same', async (t, targets) => {
  const { ours, jaeger, service } = targets;
  const id = newID(16);
  const broken = Buffer.from([0x61, 0xff, 0x62]);
  const attribute = (key: string | Buffer, stringValue: string | Buffer) => ({
    key: Buffer.from(key),
    value: { stringValue: Buffer.from(stringValue) },
  });
  const span = {
    traceId: Buffer.from(id, 'hex'),
    spanId: Buffer.from(newID(8), 'hex'),
    name: broken,
    attributes: [
      attribute('plain', 'text'),
      attribute('broken', broken),
      attribute(broken, 'under a broken key'),
    ],
    events: [{ name: 'event', attributes: [attribute('plain', 'text')] }],
    startTimeUnixNano: 1,
    endTimeUnixNano: 2_000,
  };
  const resource = { attributes: [attribute('service.name', service), attribute('broken', broken)] };
  const body = encodeOtlpProtobuf({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  for (const target of [ours, jaeger]) {
    const headers = { 'content-type': 'application/x-protobuf' };
    const response = await fetch(`${target.otlp}/v1/traces`, { method: 'POST', headers, body });
    t.is(response.status, 200);
  }
  // Not raw: the order of unsorted tags after a removal is that of a Go slice's hole being filled.
  await sameAnswers(t, targets, [`/api/traces/${id}`]);
});

compared('wrong parameters are refused the same', async (t, targets) => {
  const paths = [
    '/api/traces',
    '/api/traces?service=',
    '/api/traces?service=a&limit=many',
    '/api/traces?service=a&limit=99999999999',
    '/api/traces?service=a&start=yesterday',
    '/api/traces?service=a&end=99999999999999999999',
    '/api/traces?service=a&minDuration=10',
    '/api/traces?service=a&minDuration=1d',
    '/api/traces?service=a&minDuration=x',
    '/api/traces?service=a&minDuration=1..5s',
    '/api/traces?service=a&minDuration=.s',
    '/api/traces?service=a&minDuration=2s&maxDuration=1s',
    '/api/traces?service=a&tag=error',
    '/api/traces?service=a&raw=maybe',
    '/api/traces?traceID=',
    '/api/traces?traceID=xyz',
    `/api/traces?traceID=${'0'.repeat(33)}`,
    '/api/traces/xyz',
    `/api/traces/${'a'.repeat(33)}`,
    `/api/traces/${'a'.repeat(32)}`,
    `/api/traces/${'a'.repeat(32)}?raw=maybe`,
    `/api/traces/${'a'.repeat(32)}?start=x`,
    `/api/traces?traceID=${'a'.repeat(32)}&traceID=b`,
    '/api/traces?service=nobody',
    '/api/services/nobody/operations',
    '/api/operations',
    '/api/operations?service=nobody',
    '/api/dependencies?endTs=x',
    '/api/dependencies?endTs=1&lookback=x',
    '/api/dependencies?endTs=1&lookback=1',
  ];
  await sameAnswers(t, targets, paths);
});

async function sendExample(service: string, exporters: SpanExporter[]): Promise<string[]> {
  const spans: ReadableSpan[] = [];
  const collect: SpanExporter = {
    export: (batch, done) => {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': '2',
      'telemetry.sdk.name': 'opentelemetry',
      'telemetry.sdk.language': 'nodejs',
      'host.cpus': 2,
      ip: '10.0.0.1',
    }),
    spanProcessors: [new SimpleSpanProcessor({ exporter: collect })],
  });
  const ids = makeSpans(provider, Date.now() - 60_000);
  await provider.forceFlush();
  for (const exporter of exporters) {
    await new Promise<void>((resolve, reject) => {
      exporter.export(spans, ({ code, error }) => (code === 0 ? resolve() : reject(error)));
    });
    await exporter.shutdown();
  }
  return ids;
}

function makeSpans(provider: TracerProvider, start: number): string[] {
  const tracer = provider.getTracer('example', '1.2.3');
  const root = tracer.startSpan('GET /all', { kind: SpanKind.SERVER, startTime: start, root: true });
  const other = tracer.startSpan('cold start', { root: true, startTime: start - 5_000 });
  other.end(start - 4_000);
  const child = tracer.startSpan(
    'GET /alpha <é>',
    {
      kind: SpanKind.CLIENT,
      startTime: start + 10,
      links: [{ context: other.spanContext() }],
      attributes: {
        text: 'a <b> & "c" \u{1f600}',
        empty: '',
        yes: true,
        no: false,
        int: 42,
        negative: -7,
        float: 1.5,
        tiny: 1e-9,
        huge: 12_345_678_901_234,
        list: ['a', 'b'],
        numbers: [1, 2.5],
      },
    },
    trace.setSpan(ROOT_CONTEXT, root),
  );
  child.addEvent('cache.miss', { key: 'page', ratio: 0.25 }, start + 15);
  child.recordException(new Error('broken'), start + 16);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' });
  child.end(start + 30);
  // Longer than its parent, which Jaeger warns about.
  tracer
    .startSpan('late', { startTime: start + 60, kind: SpanKind.PRODUCER }, trace.setSpan(ROOT_CONTEXT, root))
    .end(start + 190);
  tracer
    .startSpan('early', { startTime: start - 3, kind: SpanKind.CONSUMER }, trace.setSpan(ROOT_CONTEXT, root))
    .end(start + 7);
  tracer.startSpan('instant', { startTime: start + 5 }, trace.setSpan(ROOT_CONTEXT, root)).end(start + 5);
  root.setStatus({ code: SpanStatusCode.OK });
  root.end(start + 120.5);
  return [root.spanContext().traceId, other.spanContext().traceId];
}

compared('the API v3 answers the same', async (t, { ours, jaeger, service }) => {
  const id = newID(16);
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  const root = jsonSpan(id, { kind: 2, attributes: [{ key: 'n', value: { intValue: '7' } }] });
  const child = jsonSpan(id, {
    ...root,
    spanId: newID(8),
    parentSpanId: root['spanId'],
    kind: 3,
    status: { code: 2, message: 'broke' },
    links: [{ traceId: newID(16), spanId: newID(8) }],
    events: [{ timeUnixNano: root['startTimeUnixNano'], name: 'said' }],
    traceState: 'a=b',
  });
  const request = jsonRequest(attributes, [root, child], { name: 'scope', version: '1' });
  for (const target of [ours, jaeger]) t.is((await postOtlpJson(target, request)).status, 200);
  const found = await settledSpans(jaeger, id);
  t.is(found, 2);
  const range =
    'query.start_time_min=2020-01-01T00:00:00Z&query.start_time_max=2100-01-01T00:00:00Z&query.num_traces=20';
  for (const path of [
    `traces/${id}`,
    `traces/${newID(16)}`,
    `traces?query.service_name=${service}&${range}`,
    `traces?query.service_name=${service}&query.operation_name=none&${range}`,
    `traces?query.service_name=${service}&query.duration_min=1h&${range}`,
    `operations?service=${service}&span_kind=server`,
  ]) {
    const [expected, answered] = await Promise.all(
      [jaeger, ours].map(async ({ query }) => {
        const response = await fetch(`${query}/api/v3/${path}`);
        return [response.status, bySpanId(await response.json())];
      }),
    );
    t.deepEqual(answered, expected, path);
  }
});

/** How many spans a Jaeger has of a trace, once it has stored some. */
async function settledSpans(jaeger: Target, id: string): Promise<number> {
  for (const deadline = Date.now() + 5_000; ; ) {
    const { body } = await getJson(jaeger, `/api/traces/${id}`);
    const spans = body.data?.[0]?.spans.length ?? 0;
    if (spans > 0 || Date.now() > deadline) return spans;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** Jaeger's order of spans is random. */
function bySpanId(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(bySpanId) as { spanId?: string }[];
    return items.sort((a, b) => ((a.spanId ?? '') < (b.spanId ?? '') ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, bySpanId(member)] as const);
  // Jaeger 1.76 says of a link that it was followed, 2.13 does not.
  return Object.fromEntries(
    members.filter(
      ([key, member]) => key !== 'attributes' || !JSON.stringify(member).includes('opentracing.ref_type'),
    ),
  );
}
