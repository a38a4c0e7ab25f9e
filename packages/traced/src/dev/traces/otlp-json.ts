/** OTLP's JSON encoding: protobuf's JSON mapping, but ids in hexadecimal and names in either case style. */
import {
  OtlpError,
  type OtlpMessage,
  type OtlpResourceSpans,
  readRequest,
  type Scalars,
} from './otlp-message.ts';

// Each of these characters makes at most one object in memory; more of them than this is no trace.
const MAX_JSON_PARTS = 4_000_000;

/** Reads a request. Throws `OtlpError`. */
export function decodeOtlpJson(body: Uint8Array): OtlpResourceSpans[] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  if ((text.match(/[[{,]/g)?.length ?? 0) > MAX_JSON_PARTS) {
    throw new OtlpError(`request: more than ${MAX_JSON_PARTS} JSON values`);
  }
  return readRequest(parse(text), SCALARS);
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
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
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
    if (
      typeof value !== 'string' ||
      !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)
    ) {
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
  const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
