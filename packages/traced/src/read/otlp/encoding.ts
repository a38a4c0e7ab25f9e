/** What the translation asks of an encoding of OTLP. The encodings differ only in how they write scalars. */
import { isObject, type JsonObject, wrongField } from '../trace-format.ts';

/** Text, or the bytes that were sent in its place where those are not UTF-8. */
export type OtlpText = string | Uint8Array;

/** How an encoding writes scalars; each throws `TraceFormatError` with `name` for what it cannot read. */
export interface Encoding {
  /** The field of a message; undefined where it was not sent. */
  field(message: JsonObject, name: string): unknown;
  /** In lower-case hexadecimal digits, two for each byte. */
  id(value: unknown, bytes: 8 | 16, name: string): string;
  integer(value: unknown, isSigned: boolean, name: string): bigint;
  double(value: unknown, name: string): number;
  boolean(value: unknown, name: string): boolean;
  text(value: unknown, name: string): OtlpText;
  bytes(value: unknown, name: string): Uint8Array;
  /** The number of an enumeration's value, whose names begin with `prefix`. */
  enumeration(value: unknown, prefix: string, names: readonly string[], name: string): number;
}

/** The message in a field; an empty one where none was sent. Throws `TraceFormatError`. */
export function child(encoding: Encoding, message: JsonObject, name: string): JsonObject {
  const value = encoding.field(message, name) ?? none;
  if (!isObject(value)) throw wrongField(name, value, 'an object');
  return value;
}

/** The list in a field, where JSON's null stands for an empty message. */
export function listOf(encoding: Encoding, message: JsonObject, name: string): unknown {
  const list = encoding.field(message, name);
  return Array.isArray(list) && list.includes(null) ? list.map(item => item ?? none) : list;
}

const none: JsonObject = {};

/** The text itself, or with a replacement character for each byte sequence that is not UTF-8. */
export const readableText = (text: OtlpText): string =>
  typeof text === 'string' ? text : new TextDecoder().decode(text);
