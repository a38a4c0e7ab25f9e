/** What the readers of traces share: JSON of unknown shape, and the error that says where it is not as expected. */
import { printable } from '../diagnosis/terminal-text.ts';

/** The input is no trace that can be read. The message says where, what was found and what was expected. */
export class TraceFormatError extends Error {
  override name = 'TraceFormatError';
  readonly problem: string;
  /** From the outermost place in. */
  readonly places: readonly string[];

  constructor(problem: string, places: readonly string[] = []) {
    super(printable(places.length > 0 ? `${places.join(', ')}: ${problem}` : problem));
    this.problem = problem;
    this.places = places;
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value, if it is an object. Throws `TraceFormatError`. */
export function object(value: unknown): JsonObject {
  if (isObject(value)) return value;
  throw new TraceFormatError(`expected an object, found ${shown(value)}`);
}

/** A value in an error message: short, and never walked into, since it may be deep. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (!isObject(value)) return typeof value === 'string' ? quoted(value) : String(value);
  const keys = Object.keys(value);
  if (keys.length === 0) return 'an empty object';
  const named = keys.slice(0, 3).map(quoted);
  return `an object with ${named.join(', ')}${keys.length > 3 ? ', …' : ''}`;
}

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** The error for the field of a message: `"startTime" is "abc", not a number`. */
export function wrongField(name: string, value: unknown, expected: string): TraceFormatError {
  const missing = value === undefined || value === null;
  return new TraceFormatError(
    missing
      ? `"${name}" is missing, which should be ${expected}`
      : `"${name}" is ${shown(value)}, not ${expected}`,
  );
}

/** A text; empty where it is missing. Throws `TraceFormatError`. */
export function textField(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongField(name, value, 'text');
  return value;
}

/** A number, or its text. Throws `TraceFormatError`. */
export function numberField(name: string, value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw wrongField(name, value, 'a number');
  return number;
}
