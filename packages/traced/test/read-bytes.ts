// Files in any encoding: UTF-8, UTF-16, gzip, OTLP's protobuf.
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readTraceBytes } from '../src/read/bytes.ts';
import { SetAside, TraceFormatError } from '../src/read/index.ts';
import { encodeOtlpProtobuf } from './helpers/otlp-cases.ts';

const trace = (spanID: string) => ({
  traceID: 't',
  spans: [{ traceID: 't', spanID, operationName: 'grüß 😀', startTime: 1, duration: 2 }],
});
const text = JSON.stringify(trace('1'));

const read = async (bytes: Uint8Array) =>
  (await readTraceBytes(bytes)).flatMap(({ spans }) => spans.map(({ operationName }) => operationName));

const utf16be = (value: string) => Buffer.from(value, 'utf16le').swap16();

const encodings: Record<string, Uint8Array> = {
  'UTF-8': Buffer.from(text),
  'UTF-8 with a byte order mark': Buffer.from(`\ufeff${text}`),
  'UTF-16, low byte first, with a byte order mark': Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16, high byte first, with a byte order mark': utf16be(`\ufeff${text}`),
  'UTF-16, low byte first, without a byte order mark': Buffer.from(text, 'utf16le'),
  'UTF-16, high byte first, without a byte order mark': utf16be(text),
};

for (const [name, bytes] of Object.entries(encodings)) {
  test(`text is read in ${name}, gzipped or not`, async t => {
    t.deepEqual(await read(bytes), ['grüß 😀']);
    t.deepEqual(await read(gzipSync(bytes)), ['grüß 😀']);
  });
}

test('gzipped files that follow one another are read as one', async t => {
  const bytes = Buffer.concat([gzipSync(text), gzipSync(JSON.stringify(trace('2')))]);
  t.is((await read(bytes)).length, 2);
});

const request = (...names: string[]) =>
  encodeOtlpProtobuf({
    resourceSpans: [
      {
        resource: {
          attributes: [{ key: Buffer.from('service.name'), value: { stringValue: Buffer.from('a') } }],
        },
        scopeSpans: [
          {
            spans: names.map((name, i) => ({
              traceId: Buffer.alloc(16, 1),
              spanId: Buffer.alloc(8, i + 1),
              name: Buffer.from(name),
              kind: 2,
              startTimeUnixNano: 1_000,
              endTimeUnixNano: 3_000,
            })),
          },
        ],
      },
    ],
  });

const fourBytes = (length: number) => Buffer.from([length >>> 24, length >>> 16, length >>> 8, length]);
const varint = (length: number) => Buffer.from([(length & 127) | 128, length >>> 7]);

test('OTLP’s protobuf is read: one message, or several with their lengths before them', async t => {
  const [one, two] = [
    request('one', 'two'),
    request('a name that is long enough for a length of two bytes, with what else there is'),
  ];
  const [trace] = await readTraceBytes(one);
  t.deepEqual(
    trace?.spans.map(({ operationName, startTime, duration }) => [operationName, startTime, duration]),
    [
      ['one', 1, 2],
      ['two', 1, 2],
    ],
  );
  t.is(trace?.processes['p1']?.serviceName, 'a');
  // Protobuf's messages in a row are one message.
  t.is((await read(Buffer.concat([one, two]))).length, 3);
  for (const length of [varint, fourBytes]) {
    const bytes = Buffer.concat([one, two].flatMap(message => [length(message.length), message]));
    t.is((await read(bytes)).length, 3, length.name);
    t.is((await read(gzipSync(bytes))).length, 3, length.name);
  }
});

test('a span whose id in protobuf is too short is set aside', async t => {
  const bytes = encodeOtlpProtobuf({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1) },
              { traceId: Buffer.alloc(3, 1), spanId: Buffer.alloc(8, 2) },
            ],
          },
        ],
      },
    ],
  });
  const setAside = new SetAside();
  const [trace] = await readTraceBytes(bytes, setAside);
  t.is(trace?.spans.length, 1);
  t.deepEqual(setAside.sentences(), [
    '1 of 2 spans set aside: request 1, resourceSpans 1, scopeSpans 1, span 2: "traceId" has 3 bytes, not 16',
  ]);
});

test('what is damaged or compressed otherwise is refused with a reason', async t => {
  const refused: [RegExp, Uint8Array][] = [
    [/^The input is gzipped, but damaged: /, gzipSync(text).subarray(0, 40)],
    [/compressed by zstd/, Buffer.from('28b52ffd00', 'hex')],
    [/ZIP archive/, Buffer.from('PK\x03\x04')],
    [/^The input is empty/, Buffer.alloc(0)],
    [/^The input is not JSON/, Buffer.from('0a7f01', 'hex')],
  ];
  for (const [message, bytes] of refused)
    await t.throwsAsync(() => readTraceBytes(bytes), { instanceOf: TraceFormatError, message });
});
