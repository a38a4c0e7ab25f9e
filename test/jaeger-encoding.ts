import { once } from 'node:events';
import {
  type Attributes,
  type AttributeValue,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import test from 'ava';
import fc from 'fast-check';
import { encodeJaegerSpans, jaegerBatch, jaegerProcess } from '../packages/runtime/src/jaeger-encoding.ts';
import { decodeThriftBatch } from '../packages/traced/src/dev/traces/thrift.ts';
import type { Span } from '../packages/traced/src/read/span.ts';
import { startOrigin } from './helpers/origin.ts';

const resource = resourceFromAttributes({ 'service.name': 'sérvice', 'process.pid': 42, cloud: true });
const memory = new InMemorySpanExporter();
const { tracer } = (() => {
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new SimpleSpanProcessor({ exporter: memory })],
  });
  return { tracer: provider.getTracer('library', '1.2') };
})();

function ours(spans: readonly ReadableSpan[], pieces = 2): Span[] {
  const middle = Math.ceil(spans.length / pieces);
  const encoded = [spans.slice(0, middle), spans.slice(middle)].map(encodeJaegerSpans);
  return decodeThriftBatch(jaegerBatch(jaegerProcess(resource), encoded, spans.length));
}

const received: Buffer[] = [];
const origin = await startOrigin(async (req, res) => {
  const chunks: Buffer[] = [];
  req.on('data', chunk => chunks.push(chunk));
  await once(req, 'end');
  received.push(Buffer.concat(chunks));
  res.writeHead(202).end();
});
// The second is for the sender below the exporter.
const options = { endpoint: `${origin.url}/api/traces`, maxSpanBatchSize: 100_000 };
const exporter = new JaegerExporter(options);
test.after.always(async () => {
  await exporter.shutdown();
  await origin.close();
});

/** What the package sends, by its own encoder. It tells the resource with each span, not once. */
async function theirs(spans: readonly ReadableSpan[]): Promise<Span[]> {
  received.length = 0;
  const bare = spans.map(span => Object.create(span, { resource: { value: resourceFromAttributes({}) } }));
  await new Promise<void>((resolve, reject) =>
    exporter.export(bare, ({ code, error }) =>
      code === ExportResultCode.SUCCESS ? resolve() : reject(error),
    ),
  );
  return decodeThriftBatch(received[0] as Buffer);
}

const withoutProcess = (spans: readonly Span[]) => spans.map(({ process: _, ...rest }) => rest);

const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }).filter(name => name !== '__proto__');
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true });
const id = (digits: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
    .filter(text => /[1-9a-f]/.test(text));
const context: fc.Arbitrary<SpanContext> = fc.record({
  traceId: id(32),
  spanId: id(16),
  traceFlags: fc.constant(TraceFlags.SAMPLED),
});
const described = fc.record({
  name: fc.string({ unit: 'grapheme' }),
  kind: fc.constantFrom(
    SpanKind.INTERNAL,
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.PRODUCER,
    SpanKind.CONSUMER,
  ),
  attributes,
  links: fc.array(fc.record({ context }), { maxLength: 2 }),
  start: fc.integer({ min: 1, max: 4e12 }),
  ms: fc.integer({ min: 0, max: 1e9 }),
  status: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
  message: fc.string(),
  event: fc.option(fc.record({ name: fc.string(), attributes }), { nil: undefined }),
});

function spanOf({
  name,
  kind,
  links,
  start,
  ms,
  status,
  message,
  event,
  ...rest
}: DescribedSpan): ReadableSpan {
  memory.reset();
  const span = tracer.startSpan(name, { kind, links, startTime: start, attributes: rest.attributes });
  if (event) span.addEvent(event.name, event.attributes, start);
  span.setStatus({ code: status, message });
  span.end(start + ms);
  return memory.getFinishedSpans()[0] as ReadableSpan;
}
type DescribedSpan = typeof described extends fc.Arbitrary<infer T> ? T : never;

test('spans are read back as the package’s own exporter has them, whatever they are', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(described, { minLength: 1, maxLength: 4 }), async list => {
      const spans = list.map(spanOf);
      t.deepEqual(withoutProcess(ours(spans)), withoutProcess(await theirs(spans)));
    }),
    { numRuns: 200 },
  );
});

test('the resource is the batch’s, and no span’s', t => {
  const [span] = ours([spanOf({ ...plain, attributes: { a: 1 } })]);
  t.deepEqual(span?.process, {
    serviceName: 'sérvice',
    tags: [
      { key: 'process.pid', type: 'float64', value: 42 },
      { key: 'cloud', type: 'bool', value: true },
    ],
  });
  t.false(span?.tags.some(({ key }) => key === 'service.name'));
});

const plain: DescribedSpan = {
  name: 'plain',
  kind: SpanKind.INTERNAL,
  attributes: {},
  links: [],
  start: 1_700_000_000_000,
  ms: 1,
  status: SpanStatusCode.UNSET,
  message: '',
  event: undefined,
};

test('long text and a large batch are written whole', t => {
  const text = 'ü'.repeat(100_000);
  const spans = Array.from({ length: 300 }, () => spanOf({ ...plain, name: text }));
  const read = ours(spans);
  t.is(read.length, 300);
  t.true(read.every(({ operationName }) => operationName === text));
});

test('a span that cannot be encoded leaves nothing of itself behind', t => {
  const broken = Object.create(spanOf(plain), {
    events: {
      get() {
        throw new Error('no events');
      },
    },
  });
  t.throws(() => encodeJaegerSpans([spanOf(plain), broken]), { message: 'no events' });
  t.is(ours([spanOf(plain)]).length, 1);
});
