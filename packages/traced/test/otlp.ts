import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import test from 'ava';
import fc from 'fast-check';
import { decodeOtlp } from '../src/dev/traces/otlp.ts';
import type { Span } from '../src/read/span.ts';
import { TraceFormatError } from '../src/read/trace-format.ts';
import { encodeOtlpProtobuf, jsonRequest, jsonSpan, otlpCases } from './helpers/otlp-cases.ts';
import { startBackend } from './helpers/trace-backend.ts';

const id = '0af7651916cd43dd8448eb211c80319c';
const fromJson = (request: unknown) => decodeOtlp(Buffer.from(JSON.stringify(request)), 'json');

function decodeSpan(parts: Record<string, unknown>): Span {
  return fromJson(jsonRequest([], [jsonSpan(id, parts)]))[0] as Span;
}

function tagOf(value: unknown): unknown {
  return decodeSpan({ attributes: [{ key: 'tag', value }] }).tags.find(({ key }) => key === 'tag');
}

test('attributes keep their types', t => {
  const values: [unknown, unknown][] = [
    [{ stringValue: 'a' }, { key: 'tag', type: 'string', value: 'a' }],
    [{ boolValue: true }, { key: 'tag', type: 'bool', value: true }],
    [{ intValue: '-9223372036854775808' }, { key: 'tag', type: 'int64', value: -(2n ** 63n) }],
    [{ intValue: 5 }, { key: 'tag', type: 'int64', value: 5n }],
    [{ doubleValue: 0.5 }, { key: 'tag', type: 'float64', value: 0.5 }],
    [{ doubleValue: '-Infinity' }, { key: 'tag', type: 'float64', value: -Infinity }],
    [{ bytesValue: 'AQI=' }, { key: 'tag', type: 'binary', value: Uint8Array.of(1, 2) }],
    [{}, { key: 'tag', type: 'string', value: '' }],
  ];
  for (const [value, tag] of values) t.deepEqual(tagOf(value), tag);
});

test('lists and maps become JSON with sorted keys and escaped HTML', t => {
  const values = [
    { key: 'b', value: { arrayValue: { values: [{ intValue: '1' }, {}] } } },
    { key: 'a', value: { stringValue: '<&>' } },
  ];
  t.like(tagOf({ kvlistValue: { values } }), {
    type: 'string',
    value: '{"a":"\\u003c\\u0026\\u003e","b":[1,null]}',
  });
});

test('nanoseconds written as a JSON number keep all their digits', t => {
  const body = JSON.stringify(jsonRequest([], [jsonSpan(id, { startTimeUnixNano: 'START' })])).replace(
    '"START"',
    '1700000000123456789',
  );
  t.is(decodeOtlp(Buffer.from(body), 'json')[0]?.startTime, 1_700_000_000_123_456_789n);
});

test('kind, status and trace state become tags', t => {
  const { tags } = decodeSpan({
    kind: 'SPAN_KIND_SERVER',
    status: { code: 2, message: 'broke' },
    traceState: 'a=b',
  });
  t.deepEqual(
    tags.map(({ key, value }) => [key, value]),
    [
      ['span.kind', 'server'],
      ['otel.status_code', 'ERROR'],
      ['error', true],
      ['otel.status_description', 'broke'],
      ['w3c.tracestate', 'a=b'],
    ],
  );
});

test('a span that ends before it begins lasts a nanosecond and says so', t => {
  const span = decodeSpan({ startTimeUnixNano: '10', endTimeUnixNano: '9' });
  t.is(span.duration, 1n);
  t.regex(span.warnings[0] ?? '', /^Negative duration detected/);
});

test('a parent comes first, links follow from their spans', t => {
  const [parent, linked] = ['00000000000000aa', '00000000000000bb'];
  const other = id.replace('0af', 'fff');
  t.deepEqual(decodeSpan({ parentSpanId: parent, links: [{ traceId: other, spanId: linked }] }).references, [
    { refType: 'CHILD_OF', traceID: id, spanID: parent },
    { refType: 'FOLLOWS_FROM', traceID: other, spanID: linked },
  ]);
});

test('a resource without a name gets Jaeger’s stand-in', t => {
  t.is(decodeSpan({}).process.serviceName, 'missing-service-name');
});

const wrong: Record<string, [Record<string, unknown>, string]> = {
  'a short trace id': [{ traceId: 'abc' }, '"traceId" is "abc", not 32 hexadecimal digits'],
  'a span id that is no text': [{ spanId: 5 }, '"spanId" is 5, not 16 hexadecimal digits'],
  'a time that is no number': [
    { startTimeUnixNano: 'now' },
    '"startTimeUnixNano" is "now", not a 64-bit unsigned integer',
  ],
  'a time below zero': [
    { startTimeUnixNano: '-1' },
    '"startTimeUnixNano" is "-1", not a 64-bit unsigned integer',
  ],
  'an unknown kind': [
    { kind: 'SPAN_KIND_ODD' },
    '"kind" is "SPAN_KIND_ODD", not a number or a name such as SPAN_KIND_INTERNAL',
  ],
  'attributes that are no list': [{ attributes: {} }, '"attributes" is an empty object, not a list'],
  'an attribute that is no object': [{ attributes: [1] }, 'tag 1: expected an object, found 1'],
  'bytes that are not base64': [
    { attributes: [{ key: 'a', value: { bytesValue: '*' } }] },
    'tag 1: "bytesValue" is "*", not base64',
  ],
  'a name that is no text': [{ name: 1 }, '"name" is 1, not text'],
};
for (const [what, [parts, message]] of Object.entries(wrong)) {
  test(`${what} is refused with its place`, t => {
    const place = 'resourceSpans 1, scopeSpans 1, span 1';
    const error = t.throws(() => decodeSpan(parts), { instanceOf: TraceFormatError });
    t.is(error.message, `${place}${message.startsWith('tag') ? ', ' : ': '}${message}`);
  });
}

test('values nested a thousand deep are refused in both encodings', t => {
  let value: Record<string, unknown> = {};
  for (let i = 0; i < 1_000; i++) value = { arrayValue: { values: [value] } };
  t.throws(() => tagOf(value), { instanceOf: TraceFormatError, message: /nested deeper/ });
  let bytes = Buffer.alloc(0);
  // Each level is an ArrayValue (field 5) of one AnyValue (field 1).
  for (let i = 0; i < 2_000; i++)
    bytes = Buffer.concat([Buffer.from([i % 2 ? 0x2a : 0x0a]), varint(bytes.length), bytes]);
  for (const field of [0x12, 0x4a, 0x12, 0x12, 0x0a])
    bytes = Buffer.concat([Buffer.from([field]), varint(bytes.length), bytes]);
  t.throws(() => decodeOtlp(bytes, 'protobuf'), { instanceOf: TraceFormatError, message: /nested deeper/ });
});

test('a body full of empty messages is refused before it is decoded', t => {
  t.throws(() => decodeOtlp(Buffer.from('0a00'.repeat(1_000_001), 'hex'), 'protobuf'), {
    message: /more than 1000000 messages/,
  });
});

function varint(value: number): Buffer {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}

test('text that is not UTF-8 is kept as bytes', t => {
  const broken = Uint8Array.of(0x61, 0xff);
  const body = encodeOtlpProtobuf({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              { name: broken, attributes: [{ key: Buffer.from('k'), value: { stringValue: broken } }] },
            ],
          },
        ],
      },
    ],
  });
  const [span] = decodeOtlp(body, 'protobuf');
  t.is(span?.operationName, 'invalid-span-name');
  t.deepEqual(span?.tags, [
    { key: 'k', type: 'binary', value: broken },
    { key: 'invalid-span-name', type: 'binary', value: broken },
  ]);
});

test('a damaged protobuf request is decoded or refused with the decoder’s own error', t => {
  const attributes = [
    {
      key: Buffer.from('key'),
      value: { kvlistValue: { values: [{ key: Buffer.from('a'), value: { intValue: 7 } }] } },
    },
  ];
  const span = {
    traceId: Buffer.from(id, 'hex'),
    spanId: Buffer.alloc(8, 1),
    name: Buffer.from('x'),
    attributes,
    events: [{ name: 'e', attributes }],
    links: [{ attributes }],
    status: { code: 2 },
  };
  const body = encodeOtlpProtobuf({
    resourceSpans: [
      { resource: { attributes }, scopeSpans: [{ scope: { name: 's' }, spans: [span, span] }] },
    ],
  });
  t.is(decodeOtlp(body, 'protobuf').length, 2);
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(damage, { maxLength: 6 }), fc.nat(body.length), (damages, length) => {
      const damaged = Uint8Array.from(body);
      for (const [at, value] of damages) damaged[at % damaged.length] = value;
      t.true(decodesOrRefuses(damaged, 'protobuf'));
      t.true(decodesOrRefuses(damaged.subarray(0, length), 'protobuf'));
    }),
    { numRuns: 1_000 },
  );
});

test('any JSON is decoded or refused with the decoder’s own error', t => {
  const span = fc.letrec(tie => ({
    any: fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(
          'resourceSpans',
          'scopeSpans',
          'spans',
          'attributes',
          'value',
          'kind',
          'links',
          'traceId',
        ),
        tie('any'),
      ),
    ),
  }));
  fc.assert(
    fc.property(span.any, value => t.true(decodesOrRefuses(Buffer.from(JSON.stringify(value)), 'json'))),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.string(), text => t.true(decodesOrRefuses(Buffer.from(text), 'json'))),
    { numRuns: 500 },
  );
});

function decodesOrRefuses(body: Uint8Array, encoding: 'json' | 'protobuf'): boolean {
  try {
    decodeOtlp(body, encoding);
    return true;
  } catch (error) {
    return error instanceof TraceFormatError;
  }
}

for (const [name, toRequest] of Object.entries(otlpCases)) {
  test(`a request can be read and shown: ${name}`, async t => {
    const backend = await startBackend(t);
    const { request, traceIDs } = toRequest('alpha-fn');
    backend.store.add(fromJson(request));
    for (const traceID of traceIDs) t.true((backend.store.trace(traceID)?.spans.length ?? 0) > 0);
  });
}

test('what the real exporter posts arrives, gzipped too', async t => {
  const backend = await startBackend(t);
  for (const compression of ['none', 'gzip'] as never[]) {
    const exporter = new OTLPTraceExporter({ url: `${backend.otlp}/v1/traces`, compression });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'alpha-fn', 'service.version': '2' }),
      spanProcessors: [new SimpleSpanProcessor({ exporter })],
    });
    const made = provider
      .getTracer('scope', '1')
      .startSpan('GET /alpha', { attributes: { int: 1, float: 1.5 } });
    made.end();
    await provider.shutdown();
    const trace = backend.store.trace(made.spanContext().traceId);
    t.deepEqual(
      trace?.spans[0]?.tags.map(({ key, type, value }) => [key, type, value]),
      [
        ['float', 'float64', 1.5],
        ['int', 'int64', 1],
        ['otel.scope.name', 'string', 'scope'],
        ['otel.scope.version', 'string', '1'],
        ['span.kind', 'string', 'internal'],
      ],
    );
    t.deepEqual(trace?.processes, {
      p1: { serviceName: 'alpha-fn', tags: [{ key: 'service.version', type: 'string', value: '2' }] },
    });
  }
});
