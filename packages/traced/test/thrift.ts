import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JaegerExporter } from '@opentelemetry/exporter-jaeger';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import test from 'ava';
import fc from 'fast-check';
import { decodeThriftBatch, ThriftError } from '../src/dev/traces/thrift.ts';
import type { Span } from '../src/read/span.ts';
import { encodeBatch, exampleBatch, type ThriftBatch } from './helpers/thrift-batch.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const tag = fc.oneof(
  fc.record({
    key: fc.string({ unit: 'grapheme' }),
    vType: fc.constant('STRING'),
    vStr: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({ key: fc.string(), vType: fc.constant('DOUBLE'), vDouble: fc.double() }),
  fc.record({ key: fc.string(), vType: fc.constant('BOOL'), vBool: fc.boolean() }),
  fc.record({ key: fc.string(), vType: fc.constant('LONG'), vLong: int64 }),
  fc.record({ key: fc.string(), vType: fc.constant('BINARY'), vBinary: fc.uint8Array() }),
);
const span = fc.record({
  traceIdLow: int64,
  traceIdHigh: int64,
  spanId: int64,
  parentSpanId: int64,
  operationName: fc.string({ unit: 'grapheme' }),
  references: fc.array(
    fc.record({
      refType: fc.constantFrom('CHILD_OF', 'FOLLOWS_FROM'),
      traceIdLow: int64,
      traceIdHigh: int64,
      spanId: int64,
    }),
    { maxLength: 3 },
  ),
  flags: fc.integer({ min: 0, max: 3 }),
  startTime: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n }),
  duration: fc.bigInt({ min: 1n, max: 2n ** 50n }),
  tags: fc.array(tag, { maxLength: 5 }),
  logs: fc.array(
    fc.record({ timestamp: fc.bigInt({ min: 0n, max: 2n ** 52n }), fields: fc.array(tag, { maxLength: 3 }) }),
    { maxLength: 3 },
  ),
});
const batch: fc.Arbitrary<ThriftBatch> = fc.record({
  process: fc.record({
    serviceName: fc.string({ unit: 'grapheme', minLength: 1 }),
    tags: fc.array(tag, { maxLength: 3 }),
  }),
  spans: fc.array(span, { maxLength: 4 }),
});

const hex = (id: bigint) => BigInt.asUintN(64, id).toString(16).padStart(16, '0');

test('every batch that the exporter can encode is decoded to what was put in', t => {
  fc.assert(
    fc.property(batch, sent => {
      const spans = decodeThriftBatch(encodeBatch(sent));
      t.is(spans.length, sent.spans.length);
      for (const [i, decoded] of spans.entries()) {
        const expected = sent.spans[i] as (typeof sent.spans)[number];
        t.is(decoded.spanID, hex(expected.spanId));
        t.is(
          decoded.traceID,
          (expected.traceIdHigh === 0n ? '' : hex(expected.traceIdHigh)) + hex(expected.traceIdLow),
        );
        t.is(decoded.operationName, expected.operationName);
        t.is(decoded.startTime, expected.startTime * 1_000n);
        t.is(decoded.duration, expected.duration * 1_000n);
        t.deepEqual(decoded.tags.slice(0, -1).map(asSent), expected.tags);
        t.deepEqual(
          decoded.logs.map(log => ({ timestamp: log.time / 1_000n, fields: log.fields.map(asSent) })),
          expected.logs,
        );
        t.is(decoded.process.serviceName, sent.process.serviceName);
        t.deepEqual(decoded.process.tags.map(asSent), sent.process.tags);
      }
    }),
    { numRuns: 100 },
  );
});

function asSent(tag: Span['tags'][number]): Record<string, unknown> {
  const names = {
    string: ['STRING', 'vStr'],
    float64: ['DOUBLE', 'vDouble'],
    bool: ['BOOL', 'vBool'],
    int64: ['LONG', 'vLong'],
    binary: ['BINARY', 'vBinary'],
  } as const;
  const [vType, field] = names[tag.type];
  return { key: tag.key, vType, [field]: tag.value };
}

test('a damaged batch is decoded or refused with the decoder’s own error, at once', t => {
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(batch, fc.array(damage, { maxLength: 8 }), fc.nat(), (sent, damages, cut) => {
      const bytes = encodeBatch(sent);
      for (const [at, value] of damages) bytes[at % bytes.length] = value;
      const begun = process.cpuUsage();
      t.true(decodesOrRefuses(bytes));
      t.true(decodesOrRefuses(bytes.subarray(0, cut % (bytes.length + 1))));
      t.true(process.cpuUsage(begun).user < 500_000);
    }),
    { numRuns: 500 },
  );
});

test('random bytes are refused', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), bytes => {
      t.true(decodesOrRefuses(bytes));
    }),
    { numRuns: 1_000 },
  );
});

function decodesOrRefuses(bytes: Uint8Array): boolean {
  try {
    decodeThriftBatch(bytes);
    return true;
  } catch (error) {
    return error instanceof ThriftError;
  }
}

test('every truncation of a batch is refused', t => {
  const bytes = encodeBatch(exampleBatch);
  for (let length = 0; length < bytes.length; length++) {
    t.throws(() => decodeThriftBatch(bytes.subarray(0, length)), { instanceOf: ThriftError });
  }
});

test('bytes after a batch are refused', t => {
  const bytes = Buffer.concat([encodeBatch(exampleBatch), Buffer.from([0])]);
  t.throws(() => decodeThriftBatch(bytes), { instanceOf: ThriftError, message: /1 bytes follow the batch/ });
});

test('a list that claims two thousand million spans is refused without room being made for them', t => {
  const claim = Buffer.from('0f00020c7fffffff', 'hex');
  const before = process.memoryUsage().heapUsed;
  t.throws(() => decodeThriftBatch(claim), {
    instanceOf: ThriftError,
    message: /claims 2147483647 entries with 0 bytes left/,
  });
  t.true(process.memoryUsage().heapUsed - before < 10_000_000);
});

test('a text of negative length is refused', t => {
  t.throws(() => decodeThriftBatch(Buffer.from('0c00010b0001ffffffff', 'hex')), {
    message: /claims -1 entries/,
  });
});

test('structs nested a million deep are refused', t => {
  const deep = Buffer.from('0c0063'.repeat(1_000_000), 'hex');
  t.throws(() => decodeThriftBatch(deep), { instanceOf: ThriftError, message: /nested deeper than/ });
});

test('unknown fields of every type are skipped', t => {
  const unknown = [
    '02006301', // bool
    '03006301', // byte
    '0400630000000000000000', // double
    '0600630001', // i16
    '08006300000001', // i32
    '0a00630000000000000001', // i64
    '0b006300000001ff', // string
    '0c00630200010100', // struct of one bool
    '0d0063080b000000010000000100000000', // map of one i32 to one string
    '0e0063030000000101', // set of one byte
    '0f00630c000000020000', // list of two empty structs
  ];
  const bytes = Buffer.concat([Buffer.from(unknown.join(''), 'hex'), encodeBatch(exampleBatch)]);
  t.is(decodeThriftBatch(bytes)[0]?.operationName, 'work');
});

test('a field of the wrong type is refused by name', t => {
  t.throws(() => decodeThriftBatch(Buffer.from('0800010000000000', 'hex')), {
    message: /Batch field 1 has type i32, expected struct/,
  });
});

test('a batch without a process is refused by name', t => {
  t.throws(() => decodeThriftBatch(Buffer.from('0f00020c0000000000', 'hex')), {
    message: /Batch\.process is missing/,
  });
});

test('a batch of no spans is no error', t => {
  t.deepEqual(decodeThriftBatch(encodeBatch({ ...exampleBatch, spans: [] })), []);
});

test('a kept binary value does not keep the whole body', t => {
  const tags = [{ key: 'bytes', vType: 'BINARY', vBinary: Uint8Array.of(1, 2) }];
  const spans = decodeThriftBatch(
    encodeBatch({ ...exampleBatch, spans: exampleBatch.spans.map(span => ({ ...span, tags })) }),
  );
  t.is((spans[0]?.tags[0]?.value as Uint8Array | undefined)?.buffer.byteLength, 2);
});

test('what the real exporter posts is decoded', async t => {
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()));
    response.writeHead(202).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/traces`;
  const exporter = new JaegerExporter({ endpoint });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'alpha-fn' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const made = provider
    .getTracer('scope')
    .startSpan('GET /alpha', { attributes: { int: 1, yes: true, text: 'é' } });
  made.addEvent('said');
  made.end();
  await provider.shutdown();
  const [decoded] = decodeThriftBatch(bodies[0] ?? Buffer.alloc(0));
  t.like(decoded, {
    traceID: made.spanContext().traceId.replace(/^0{16}/, ''),
    spanID: made.spanContext().spanId,
    operationName: 'GET /alpha',
    references: [],
    process: { serviceName: 'alpha-fn', tags: [] },
  });
  t.deepEqual(
    decoded?.tags.filter(({ key }) => ['int', 'yes', 'text', 'service.name'].includes(key)),
    [
      { key: 'int', type: 'float64', value: 1 },
      { key: 'yes', type: 'bool', value: true },
      { key: 'text', type: 'string', value: 'é' },
      { key: 'service.name', type: 'string', value: 'alpha-fn' },
    ],
  );
  t.deepEqual(decoded?.logs[0]?.fields, [{ key: 'event', type: 'string', value: 'said' }]);
});
