/** The type bytes of Thrift's binary protocol (thrift-binary-protocol.md, "Struct encoding"). */
export const thriftType = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

const initialBytes = 64 * 1024;

/** Writes Thrift's binary protocol, in which numbers are big-endian, into memory that it reuses. */
export class ThriftWriter {
  #buffer = Buffer.allocUnsafeSlow(initialBytes);
  #at = 0;

  /** What has been written since the last call, in memory of its own. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at);
    this.#buffer.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    return taken;
  }

  /** Forgets what has been written since the last `take`. */
  discard(): void {
    this.#at = 0;
  }

  field(type: number, id: number): void {
    this.#reserve(3);
    this.#buffer[this.#at] = type;
    this.#buffer[this.#at + 1] = 0;
    this.#buffer[this.#at + 2] = id;
    this.#at += 3;
  }

  /** Ends a struct. */
  stop(): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = 0;
  }

  listOf(type: number, length: number): void {
    this.#reserve(5);
    this.#buffer[this.#at++] = type;
    this.#at = this.#buffer.writeInt32BE(length, this.#at);
  }

  i32(id: number, value: number): void {
    this.field(thriftType.i32, id);
    this.#reserve(4);
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  /** @param value a whole number of at most 53 bits, not negative */
  i64(id: number, value: number): void {
    this.field(thriftType.i64, id);
    this.#reserve(8);
    this.#at = this.#buffer.writeUInt32BE(Math.floor(value / 2 ** 32), this.#at);
    this.#at = this.#buffer.writeUInt32BE(value % 2 ** 32, this.#at);
  }

  /** @param hex 16 hexadecimal digits, an id's half; less than that is as if zeros stood before it */
  i64FromHex(id: number, hex: string): void {
    this.field(thriftType.i64, id);
    this.#reserve(8);
    this.#at += this.#buffer.write(hex.padStart(16, '0'), this.#at, 8, 'hex');
  }

  double(id: number, value: number): void {
    this.field(thriftType.double, id);
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  bool(id: number, value: boolean): void {
    this.field(thriftType.bool, id);
    this.#reserve(1);
    this.#buffer[this.#at++] = Number(value);
  }

  string(id: number, value: string): void {
    this.field(thriftType.string, id);
    // UTF-8 has at most three bytes for each of UTF-16's units.
    this.#reserve(4 + 3 * value.length);
    const start = this.#at + 4;
    const bytes = this.#ascii(value, start) ?? this.#buffer.write(value, start, 'utf8');
    this.#buffer.writeInt32BE(bytes, this.#at);
    this.#at = start + bytes;
  }

  /** A short string without others than ASCII's characters is written faster here than by a call out of JavaScript. */
  #ascii(value: string, start: number): number | undefined {
    if (value.length > 64) return undefined;
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code > 0x7f) return undefined;
      this.#buffer[start + at] = code;
    }
    return value.length;
  }

  /** Bytes that are Thrift already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
