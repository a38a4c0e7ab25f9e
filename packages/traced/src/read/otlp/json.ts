/** OTLP's JSON encoding: protobuf's JSON mapping, but ids in hexadecimal and names in either case style. */
import { type JsonObject, TraceFormatError, wrongField } from '../trace-format.ts';
import type { Encoding } from './encoding.ts';

/** Each of these characters makes at most one object in memory; more of them than this is no trace. */
const mostParts = 2_000_000;

/** Parses a request's body; integers keep all of their digits. Throws `TraceFormatError`. */
export function parseOtlpJson(body: Uint8Array): unknown {
  if (hasTooManyParts(body)) throw new TraceFormatError(`more than ${mostParts} JSON values`);
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    // JSON.parse rounds integers above 2^53, and nanoseconds since 1970 are: those keep their digits.
    return /[\s:,[]-?\d{16}/.test(text) ? JSON.parse(text, keepDigits as Reviver) : JSON.parse(text);
  } catch (error) {
    throw new TraceFormatError(`not JSON: ${(error as Error).message}`);
  }
}

function hasTooManyParts(body: Uint8Array): boolean {
  let parts = 0;
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b || byte === 0x2c) parts++;
  }
  return parts > mostParts;
}

type Reviver = (key: string, value: unknown) => unknown;

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context?.source !== undefined && /^-?\d{1,20}$/.test(context.source)
    ? BigInt(context.source)
    : value;
}

const schemaNames = new Map<string, string>();

/** The name in protobuf's schema, which its JSON mapping allows too. */
function schemaName(name: string): string {
  let found = schemaNames.get(name);
  if (found === undefined) {
    found = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    schemaNames.set(name, found);
  }
  return found;
}

/** What OTLP allows, and nothing else: as a collector takes it. */
export const otlpJson: Encoding = {
  // What JSON.parse makes has no members of the fields' names but its own.
  field: (message: JsonObject, name: string): unknown => {
    const value = message[name];
    return value === undefined ? message[schemaName(name)] : value;
  },

  id(value, bytes, name) {
    if (value === undefined || value === null || value === '') return '0'.repeat(bytes * 2);
    if (typeof value !== 'string' || !/^[0-9a-f]*$/i.test(value) || value.length !== bytes * 2)
      throw wrongField(name, value, `${bytes * 2} hexadecimal digits`);
    return value.toLowerCase();
  },

  integer(value, isSigned, name) {
    const written = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    if (typeof written === 'string' && /^[+-]?\d{1,20}$/.test(written)) {
      const integer = BigInt(written);
      if (integer === (isSigned ? BigInt.asIntN(64, integer) : BigInt.asUintN(64, integer))) return integer;
    }
    throw wrongField(name, value, `a 64-bit ${isSigned ? '' : 'unsigned '}integer`);
  },

  double(value, name) {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') return Number(value);
    if (value === 'NaN') return Number.NaN;
    const infinity = typeof value === 'string' ? /^([+-]?)Inf(inity)?$/i.exec(value) : null;
    if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    if (Number.isNaN(number)) throw wrongField(name, value, 'a number');
    return number;
  },

  boolean(value, name) {
    if (typeof value !== 'boolean') throw wrongField(name, value, 'true or false');
    return value;
  },

  text(value, name) {
    if (typeof value !== 'string') throw wrongField(name, value, 'text');
    return value.isWellFormed() ? value : value.toWellFormed();
  },

  bytes(value, name) {
    // Groups of four are counted, not matched: a group that repeats needs a regular expression's stack for each time.
    if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      throw wrongField(name, value, 'base64');
    return bytesOfBase64(value);
  },

  enumeration(value, prefix, names, name) {
    const place =
      typeof value === 'string' ? names.findIndex(each => prefix + each.toUpperCase() === value) : -1;
    if (place !== -1) return place;
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value;
    throw wrongField(name, value, `a number or a name such as ${prefix}${names[1]?.toUpperCase()}`);
  },
};

export const bytesOfBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), character => character.charCodeAt(0));
