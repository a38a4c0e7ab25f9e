/** OTLP's requests, well-formed in either encoding, and such as are bombs. */
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { REQUEST } from '../../../packages/traced/src/read/otlp/protobuf.ts';
import type { Random } from '../random.ts';
import { boundaryNumbers } from './mutate.ts';

export type Encoding = 'json' | 'protobuf';

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function jsonSpan(random: Random, marker: string) {
  const begin = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId: marker,
    spanId: `${random.hex(15)}1`,
    parentSpanId: '',
    name: `work ${marker}`,
    kind: random.between(0, 5),
    startTimeUnixNano: String(begin),
    endTimeUnixNano: String(begin + 1_000n),
    attributes: [
      text('mark', marker),
      { key: 'int', value: { intValue: String(random.next()) } },
      { key: 'double', value: { doubleValue: random.next() / 7 } },
      { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { bytesValue: 'AAEC' }] } } },
      { key: 'map', value: { kvlistValue: { values: [text('inner', marker)] } } },
    ],
    events: [{ timeUnixNano: String(begin), name: 'event', attributes: [text('mark', marker)] }],
    links: [{ traceId: marker, spanId: `${random.hex(15)}2` }],
    status: { code: random.between(0, 2), message: 'status' },
  };
}

/** How many spans a well-formed request has. */
export const spansOfRequest = 2;

const jsonRequest = (random: Random, marker: string, service: string): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', service)] },
        scopeSpans: [
          {
            scope: { name: 'faults', version: '1' },
            spans: Array.from({ length: spansOfRequest }, () => jsonSpan(random, marker)),
          },
        ],
      },
    ],
  });

function protobufRequest(random: Random, marker: string): Buffer {
  const bytes = (id: string) => Buffer.from(id, 'hex');
  const begin = Math.floor(random.next() / 2);
  const key = (name: string, value: object) => ({ key: Buffer.from(name), value });
  const span = () => ({
    traceId: bytes(marker),
    spanId: bytes(`${random.hex(15)}1`),
    name: Buffer.from(`work ${marker}`),
    kind: random.between(0, 5),
    startTimeUnixNano: begin,
    endTimeUnixNano: begin + 1_000,
    attributes: [
      key('mark', { stringValue: Buffer.from(marker) }),
      key('double', { doubleValue: random.next() / 7 }),
      key('map', { kvlistValue: { values: [key('inner', { intValue: random.next() })] } }),
      key('list', { arrayValue: { values: [{ boolValue: true }, { bytesValue: random.bytes(10) }] } }),
    ],
    events: [
      { timeUnixNano: begin, name: 'event', attributes: [key('mark', { stringValue: bytes(marker) })] },
    ],
    links: [{ traceId: bytes(marker), spanId: bytes(`${random.hex(15)}2`) }],
    status: { code: random.between(0, 2), message: 'status' },
  });
  const request = {
    resourceSpans: [
      {
        resource: { attributes: [key('service.name', { stringValue: Buffer.from('faults') })] },
        scopeSpans: [{ scope: { name: 'faults' }, spans: Array.from({ length: spansOfRequest }, span) }],
      },
    ],
  };
  return Buffer.from(REQUEST.encode(REQUEST.create(request)).finish());
}

/** A request of a trace that has the mark for its id. */
export function otlpRequest(encoding: Encoding, random: Random, marker: string, service = 'faults'): Buffer {
  return encoding === 'json'
    ? Buffer.from(jsonRequest(random, marker, service))
    : protobufRequest(random, marker);
}

const strangeValues = [
  'null',
  '[]',
  '{}',
  'true',
  '""',
  '1e999',
  '-0',
  '"\\ud800"',
  '[[[[[[]]]]]]',
  '{"__proto__":1}',
];

/** JSON that is right, but for one value that is not what belongs there. */
export function strangeJson(random: Random, marker: string): Buffer {
  const json = otlpRequest('json', random, marker).toString();
  const values = [...json.matchAll(/(?<=":)(?:"[^"]*"|[\d.]+|true|\[|\{)/g)];
  const { index, 0: value } = random.pick(values);
  const strange = random.pick([...strangeValues, ...boundaryNumbers, `"${random.pick(boundaryNumbers)}"`]);
  return Buffer.from(json.slice(0, index) + strange + json.slice(index + value.length));
}

const nested = (open: string, close: string, depth: number): string =>
  open.repeat(depth) + close.repeat(depth);

const attributeOf = (value: string): string =>
  `{"resourceSpans":[{"resource":{"attributes":[{"key":"deep","value":${value}}]}}]}`;

const jsonBombs: ((depth: number) => string)[] = [
  depth => nested('[', ']', depth),
  depth => nested('{"a":', '}', depth).replace(':}', ':0}'),
  depth => attributeOf(nested('{"arrayValue":{"values":[', ']}}', depth / 16)),
  depth => attributeOf(nested('{"kvlistValue":{"values":[{"value":', '}]}}', depth / 16)),
  depth => `{"resourceSpans":[${'{},'.repeat(depth)}{}]}`,
  depth => `{"resourceSpans":${'9'.repeat(depth)}}`,
  depth => `{"resourceSpans":"${'\\u0000'.repeat(depth)}"}`,
];

const protobufBombs: ((depth: number) => Buffer)[] = [
  // Groups that begin and never end.
  depth => Buffer.alloc(depth, 0x0b),
  depth => Buffer.alloc(depth, 0x0a),
  // Empty messages, one byte of length each.
  depth => Buffer.from('0a00'.repeat(depth), 'hex'),
  depth => Buffer.concat([Buffer.from('0affffffff07', 'hex'), Buffer.alloc(depth)]),
  depth => Buffer.alloc(depth, 0xff),
];

export interface Body {
  bytes: Buffer;
  encoding: Encoding;
  /** As Content-Encoding has it. */
  packing?: string;
}

const tooLong = 17 * 1024 * 1024;
/** Made once: they are small, and what is in them is not. */
const packedBombs: Body[] = [
  { bytes: gzipSync(Buffer.alloc(tooLong)), encoding: 'protobuf', packing: 'gzip' },
  { bytes: gzipSync(Buffer.alloc(tooLong, '[')), encoding: 'json', packing: 'gzip' },
  { bytes: zstdCompressSync(Buffer.alloc(tooLong)), encoding: 'json', packing: 'zstd' },
  { bytes: deflateSync(Buffer.alloc(tooLong, ' ')), encoding: 'json', packing: 'deflate' },
];

/** How many of the bombs are those that are 17 MiB when they are unpacked. */
const packedShare = 0.03;

/** What is small and would be large, deep or slow. */
export function otlpBomb(random: Random): Body {
  if (random.chance(packedShare)) return random.pick(packedBombs);
  const depth = 2 ** random.between(4, 16);
  return random.chance(0.5)
    ? { bytes: Buffer.from(random.pick(jsonBombs)(depth)), encoding: 'json' }
    : { bytes: random.pick(protobufBombs)(depth), encoding: 'protobuf' };
}

/** Packs a body, with a right name for how it is done or a wrong one. */
export function packed(body: Body, random: Random): Body {
  const how = { gzip: gzipSync, deflate: deflateSync, zstd: zstdCompressSync };
  const name = random.pick(Object.keys(how) as (keyof typeof how)[]);
  const said = random.chance(0.8) ? name : random.pick(['gzip', 'zstd', 'br', 'identity', 'gzip, gzip', '']);
  return { ...body, bytes: how[name](body.bytes), packing: said };
}
