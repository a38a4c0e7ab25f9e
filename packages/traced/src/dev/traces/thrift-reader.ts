/** Thrift's binary protocol, read strictly: see https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md */

/** The bytes are not what they claim to be; the message says what was wrong and at which byte. */
export class ThriftError extends Error {
  override name = 'ThriftError';
}

export const ThriftType = {
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const;

const NAMES = new Map<number, string>(Object.entries(ThriftType).map(([name, type]) => [type, name]));
const FIXED_BYTES = new Map<number, number>([
  [ThriftType.bool, 1],
  [ThriftType.byte, 1],
  [ThriftType.double, 8],
  [ThriftType.i16, 2],
  [ThriftType.i32, 4],
  [ThriftType.i64, 8],
]);

// jaeger.thrift is four deep; an unknown field may be somewhat deeper, but never so deep that reading it
// could exhaust the stack.
const MAX_DEPTH = 32;
// A struct of a byte becomes an object of a hundred: a body full of those is refused.
const MAX_STRUCTS = 500_000;

export class ThriftReader {
  #bytes: Buffer;
  #offset = 0;
  #depth = 0;
  #structs = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads a struct: `field` gets each field's id and type and either reads it and returns true, or returns false to skip it. */
  struct(field: (id: number, type: number) => boolean): void {
    if (++this.#structs > MAX_STRUCTS) this.fail(`more than ${MAX_STRUCTS} structs`);
    this.#enter();
    for (;;) {
      const type = this.#bytes.readUInt8(this.#take(1, 'a field type'));
      if (type === 0) break;
      const id = this.#bytes.readInt16BE(this.#take(2, 'a field id'));
      if (!field(id, type)) this.#skip(type);
    }
    this.#depth--;
  }

  /** Reads a list of structs, one `item` call each; the claimed count is checked, never allocated for. */
  structs<Item>(item: () => Item): Item[] {
    const type = this.#bytes.readUInt8(this.#take(1, 'an element type'));
    const count = this.#count('list', 1);
    if (count > 0) this.expect(type, ThriftType.struct, 'list element');
    const items: Item[] = [];
    for (let i = 0; i < count; i++) items.push(item());
    return items;
  }

  expect(type: number, expected: number, what: string): void {
    if (type !== expected) this.fail(`${what} has type ${typeName(type)}, expected ${typeName(expected)}`);
  }

  bool(): boolean {
    const value = this.#bytes.readUInt8(this.#take(1, 'a bool'));
    if (value > 1) this.fail(`a bool is ${value}, expected 0 or 1`);
    return value === 1;
  }

  i32(): number {
    return this.#bytes.readInt32BE(this.#take(4, 'an i32'));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8, 'an i64'));
  }

  /** An i64 as 16 lower-case hexadecimal digits. */
  hex64(): string {
    const start = this.#take(8, 'an i64');
    return this.#bytes.toString('hex', start, start + 8);
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(8, 'a double'));
  }

  text(): string {
    const length = this.#count('string', 1);
    const start = this.#take(length, 'a string');
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** A copy, so that a kept value does not keep the whole request's body. */
  binary(): Uint8Array {
    const length = this.#count('binary', 1);
    const start = this.#take(length, 'a binary');
    return Uint8Array.from(this.#bytes.subarray(start, start + length));
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) this.fail(`${left} bytes follow the batch`);
  }

  fail(problem: string): never {
    throw new ThriftError(
      `not a Thrift batch: ${problem} (at byte ${this.#offset} of ${this.#bytes.length})`,
    );
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`);
  }

  #take(length: number, what: string): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) this.fail(`ends within ${what}`);
    this.#offset = start + length;
    return start;
  }

  #count(what: string, leastBytesEach: number): number {
    const count = this.i32();
    if (count < 0 || count * leastBytesEach > this.#bytes.length - this.#offset) {
      this.fail(`a ${what} claims ${count} entries with ${this.#bytes.length - this.#offset} bytes left`);
    }
    return count;
  }

  #skip(type: number): void {
    const fixed = FIXED_BYTES.get(type);
    if (fixed !== undefined) this.#take(fixed, typeName(type));
    else if (type === ThriftType.string) this.#take(this.#count('string', 1), 'a string');
    else if (type === ThriftType.struct) this.struct(() => false);
    else if (type === ThriftType.map) this.#skipEntries(2, 'map');
    else if (type === ThriftType.set || type === ThriftType.list) this.#skipEntries(1, 'list');
    else this.fail(`unknown type ${type}`);
  }

  #skipEntries(typesEach: 1 | 2, what: string): void {
    this.#enter();
    const first = this.#bytes.readUInt8(this.#take(1, 'an element type'));
    const second = typesEach === 2 ? this.#bytes.readUInt8(this.#take(1, 'an element type')) : undefined;
    const count = this.#count(what, typesEach);
    for (let i = 0; i < count; i++) {
      this.#skip(first);
      if (second !== undefined) this.#skip(second);
    }
    this.#depth--;
  }
}

function typeName(type: number): string {
  return NAMES.get(type) ?? `number ${type}`;
}
