/** Jaeger's batches in Thrift's binary protocol: such as are well-formed, and such as lie. */
import { ThriftType as types } from '../../../packages/traced/src/dev/traces/thrift-reader.ts';
import type { Random } from '../random.ts';

type Type = keyof typeof types;

const i32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

const i64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
};

const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
};

const string = (value: string | Buffer): Buffer =>
  Buffer.concat([i32(Buffer.byteLength(value)), Buffer.from(value)]);

type Field = [id: number, type: Type, value: Buffer];

const field = ([id, type, value]: Field): Buffer => Buffer.concat([Buffer.of(types[type], 0, id), value]);

const struct = (...fields: Field[]): Buffer => Buffer.concat([...fields.map(field), Buffer.of(0)]);

const list = (items: Buffer[]): Buffer =>
  Buffer.concat([Buffer.of(types.struct), i32(items.length), ...items]);

const tag = (key: string, vType: number, id: number, type: Type, value: Buffer): Buffer =>
  struct([1, 'string', string(key)], [2, 'i32', i32(vType)], [id, type, value]);

const tags = (random: Random, marker: string): Buffer =>
  list([
    tag('mark', 0, 3, 'string', string(marker)),
    tag('double', 1, 4, 'double', double(random.next() / 7)),
    tag('bool', 2, 5, 'bool', Buffer.of(random.below(2))),
    tag('long', 3, 6, 'i64', i64(BigInt(random.next()) << 20n)),
    tag('binary', 4, 7, 'string', string(random.bytes(random.below(40)))),
  ]);

/** How many spans a well-formed batch has. */
export const spansOfBatch = 3;

function span(random: Random, marker: string): Buffer {
  const [high, low] = [marker.slice(0, 16), marker.slice(16)].map(half => BigInt(`0x${half}`)) as [
    bigint,
    bigint,
  ];
  const id = BigInt(`0x${random.hex(15)}1`);
  const now = BigInt(Date.now()) * 1_000n;
  const reference = struct(
    [1, 'i32', i32(1)],
    [2, 'i64', i64(low)],
    [3, 'i64', i64(high)],
    [4, 'i64', i64(id)],
  );
  const log = struct([1, 'i64', i64(now)], [2, 'list', tags(random, marker)]);
  return struct(
    [1, 'i64', i64(low)],
    [2, 'i64', i64(high)],
    [3, 'i64', i64(id)],
    [4, 'i64', i64(0n)],
    [5, 'string', string(`work ${marker}`)],
    [6, 'list', list([reference])],
    [7, 'i32', i32(1)],
    [8, 'i64', i64(now)],
    [9, 'i64', i64(1_000n)],
    [10, 'list', tags(random, marker)],
    [11, 'list', list([log])],
  );
}

/** A batch of a trace that has the mark for its id. */
export const thriftBatch = (random: Random, marker: string): Buffer =>
  struct(
    [1, 'struct', struct([1, 'string', string('faults')], [2, 'list', tags(random, marker)])],
    [2, 'list', list(Array.from({ length: spansOfBatch }, () => span(random, marker)))],
  );

const huge = [0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff];

/** A value that is as deep as it has levels, each of them in a field, a list, a set or a map of the one before. */
function deep(random: Random, levels: number): Buffer {
  const level: Record<string, Buffer> = {
    struct: Buffer.of(types.struct, 0, 99),
    list: Buffer.concat([Buffer.of(types.list), i32(1)]),
    set: Buffer.concat([Buffer.of(types.set), i32(1)]),
    map: Buffer.concat([Buffer.of(types.map, types.map), i32(1)]),
  };
  const kind = random.pick(['struct', 'list', 'set', 'map']);
  const of = { struct: types.struct, list: types.list, set: types.set, map: types.map }[kind] ?? 0;
  const levelBytes = level[kind] ?? Buffer.alloc(0);
  return Buffer.concat([Buffer.of(of, 0, 99), ...Array.from({ length: levels }, () => levelBytes)]);
}

const lies: ((random: Random) => Buffer)[] = [
  random => Buffer.concat([Buffer.of(types.list, 0, 2, types.struct), i32(random.pick(huge))]),
  random => Buffer.concat([Buffer.of(types.string, 0, 99), i32(random.pick(huge))]),
  random => Buffer.concat([Buffer.of(types.map, 0, 99, types.i64, types.string), i32(random.pick(huge))]),
  random => Buffer.concat([Buffer.of(types.set, 0, 99, types.bool), i32(random.pick(huge))]),
  random => deep(random, random.pick([31, 33, 1_000, 20_000])),
  // As many empty structs as there are bytes.
  random => {
    const count = 2 ** random.between(4, 16);
    return Buffer.concat([Buffer.of(types.list, 0, 2, types.struct), i32(count), Buffer.alloc(count + 1)]);
  },
  random => Buffer.concat([Buffer.of(random.pick([0, 1, 5, 7, 9, 16, 128, 255]), 0, 99), random.bytes(20)]),
];

/** A batch that claims to be longer or deeper than it is, in the place of a good one's start or behind it. */
export function lyingBatch(random: Random, marker: string): Buffer {
  const lie = random.pick(lies)(random);
  const good = thriftBatch(random, marker);
  return random.chance(0.5) ? Buffer.concat([lie, good]) : Buffer.concat([good.subarray(0, -1), lie]);
}
