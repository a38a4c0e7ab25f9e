/** Damage to bytes that were well-formed. */
import type { Random } from '../random.ts';

/** No mutation makes more of it. */
const mostBytes = 256 * 1024;

/** What parsers tell apart, and the ends of what a byte can be. */
const telling = [0, 1, 9, 10, 13, 32, 34, 37, 44, 45, 48, 58, 59, 61, 123, 125, 127, 128, 192, 255];

/** Around the ends of what integers of 8, 16, 31, 32, 53, 63 and 64 bits, and what reads them, can hold. */
export const boundaryNumbers = [
  '-1',
  '0',
  '00',
  '+5',
  '0x10',
  '1e9',
  '255',
  '256',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '9'.repeat(40),
];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const range = (bytes: Buffer, random: Random): [start: number, end: number] => {
  const start = random.below(bytes.length + 1);
  return [start, Math.min(bytes.length, start + 2 ** random.between(0, 8))];
};

const replaced = (bytes: Buffer, start: number, end: number, by: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);

function setBytes(bytes: Buffer, random: Random, value: (old: number) => number): Buffer {
  const changed = Buffer.from(bytes);
  for (let left = random.between(1, 6); left > 0 && changed.length > 0; left--) {
    const at = random.below(changed.length);
    changed[at] = value(changed[at] ?? 0);
  }
  return changed;
}

function inflateNumber(bytes: Buffer, random: Random): Buffer {
  const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)];
  if (numbers.length === 0) return bytes;
  const { index, 0: digits } = random.pick(numbers);
  return replaced(bytes, index, index + digits.length, Buffer.from(random.pick(boundaryNumbers)));
}

/** Four bytes that can be a length of Thrift's say another one. */
function lie(bytes: Buffer, random: Random): Buffer {
  const offsets = Array.from({ length: Math.max(0, bytes.length - 3) }, (_, at) => at);
  const lengths = offsets.filter(at => bytes.readUInt32BE(at) <= bytes.length - at - 4);
  if (lengths.length === 0) return bytes;
  const changed = Buffer.from(bytes);
  const at = random.pick(lengths);
  const left = bytes.length - at - 4;
  const lies = [0, 1, left - 1, left, left + 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x00ffffff, 0xff];
  changed.writeUInt32BE(random.pick(lies) >>> 0, at);
  return changed;
}

/** As a varint, protobuf's length, that has no end or says more than there is. */
function lieInVarint(bytes: Buffer, random: Random): Buffer {
  const [start] = range(bytes, random);
  const lies = ['ffffffff0f', 'ffffffff07', '80808080808080808001', 'ffffffffffffffffff01', '8000', '7f'];
  return replaced(bytes, start, start + 1, Buffer.from(random.pick(lies), 'hex'));
}

const mutations: Record<string, Mutation> = {
  'bits flipped': (bytes, random) => setBytes(bytes, random, old => old ^ (1 << random.below(8))),
  'telling bytes': (bytes, random) => setBytes(bytes, random, () => random.pick(telling)),
  truncated: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  'a part left out': (bytes, random) => replaced(bytes, ...range(bytes, random), Buffer.alloc(0)),
  'a part doubled': (bytes, random) => {
    const [start, end] = range(bytes, random);
    return replaced(bytes, end, end, bytes.subarray(start, end));
  },
  'a part many times': (bytes, random) => {
    const [start, end] = range(bytes, random);
    const part = bytes.subarray(start, end);
    const times = Math.min(2 ** random.between(1, 10), Math.floor(16_384 / (part.length + 1)));
    return replaced(bytes, end, end, Buffer.concat(Array.from({ length: times }, () => part)));
  },
  'bytes put in': (bytes, random) => {
    const [start] = range(bytes, random);
    return replaced(bytes, start, start, random.bytes(2 ** random.between(0, 8)));
  },
  spliced: (bytes, random, other) => {
    const cut = random.below(Math.min(bytes.length, other.length) + 1);
    return Buffer.concat([bytes.subarray(0, cut), other.subarray(random.chance(0.5) ? cut : 0)]);
  },
  'a number inflated': inflateNumber,
  'a length that lies': lie,
  'a varint that lies': lieInVarint,
};

const names = Object.keys(mutations);

/**
 * Damages bytes in one to three ways.
 * @param other well-formed bytes of the same kind, to be spliced with
 * @returns new bytes, and what was done to them in a few words
 */
export function mutate(bytes: Buffer, random: Random, other: Buffer): { bytes: Buffer; how: string } {
  let changed = bytes;
  const done: string[] = [];
  for (let left = random.pick([1, 1, 1, 2, 3]); left > 0; left--) {
    const name = random.pick(names);
    changed = mutations[name]?.(changed, random, other).subarray(0, mostBytes) ?? changed;
    done.push(name);
  }
  return { bytes: changed, how: done.join(', ') };
}
