/** OTLP's JSON encoding: protobuf's JSON mapping, but ids in hexadecimal and names in either case style. */
import { OtlpError, type OtlpMessage, type OtlpResourceSpans, readRequest, type Scalars } from './message.ts';

// Each of these characters makes at most one object in memory; more of them than this is no trace.
const MAX_JSON_PARTS = 2_000_000;

/** Reads a request. Throws `OtlpError`. */
export function decodeOtlpJson(body: Uint8Array): OtlpResourceSpans[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if (hasTooManyParts(body)) throw new OtlpError(`request: more than ${MAX_JSON_PARTS} JSON values`);
  return readRequest(parse(text), SCALARS);
}

function hasTooManyParts(body: Uint8Array): boolean {
  let parts = 0;
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b || byte === 0x2c) parts++;
  }
  return parts > MAX_JSON_PARTS;
}

function parse(text: string): unknown {
  try {
    // JSON.parse rounds integers above 2^53, and nanoseconds since 1970 are: those keep their digits.
    return /[\s:,[]-?\d{16}/.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
  } catch (error) {
    throw new OtlpError(`request: not JSON: ${(error as Error).message}`);
  }
}

type Reviver = (key: string, value: unknown) => unknown;

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context?.source !== undefined && /^-?\d{1,20}$/.test(context.source)
    ? BigInt(context.source)
    : value;
}

const SCALARS: Scalars = {
  field(message: OtlpMessage, name: string): unknown {
    if (Object.hasOwn(message, name)) return message[name];
    const snakeCase = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    return Object.hasOwn(message, snakeCase) ? message[snakeCase] : undefined;
  },

  id(value, bytes, path) {
    if (value === '') return '0'.repeat(bytes * 2);
    if (typeof value !== 'string' || !/^[0-9a-f]*$/i.test(value) || value.length !== bytes * 2) {
      throw new OtlpError(`${path}: expected ${bytes * 2} hexadecimal digits, got ${shown(value)}`);
    }
    return value.toLowerCase();
  },

  integer(value, signed, path) {
    const written = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    if (typeof written === 'string' && /^[+-]?\d{1,20}$/.test(written)) {
      const integer = BigInt(written);
      if (integer === (signed ? BigInt.asIntN(64, integer) : BigInt.asUintN(64, integer))) return integer;
    }
    throw new OtlpError(
      `${path}: expected a 64-bit ${signed ? '' : 'unsigned '}integer, got ${shown(value)}`,
    );
  },

  double(value, path) {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (value === 'NaN') return Number.NaN;
    const infinity = typeof value === 'string' ? /^([+-]?)Inf(inity)?$/i.exec(value) : null;
    if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw new OtlpError(`${path}: expected a number, got ${shown(value)}`);
    return number;
  },

  text(value, path) {
    if (typeof value !== 'string') throw new OtlpError(`${path}: expected text, got ${shown(value)}`);
    return value.toWellFormed();
  },

  bytes(value, path) {
    // Groups of four are counted, not matched: a group that repeats needs a regular expression's stack for each time.
    if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      throw new OtlpError(`${path}: expected base64, got ${shown(value)}`);
    }
    return Uint8Array.from(Buffer.from(value, 'base64'));
  },

  enumeration(value, names, path) {
    if (typeof value === 'string' && names.includes(value)) return names.indexOf(value);
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number.NaN : value;
    if (typeof number === 'number' && Number.isInteger(number) && Math.abs(number) < 2 ** 31) return number;
    throw new OtlpError(`${path}: expected a number or one of ${names.join(', ')}, got ${shown(value)}`);
  },
};

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (typeof value === 'string' && value.length > 60) return `${JSON.stringify(value.slice(0, 60))}…`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
