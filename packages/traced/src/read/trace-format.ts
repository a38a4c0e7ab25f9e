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

/** Does `read`, and adds the place to the error that it throws. */
export function at<Result>(place: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw placed(error, place);
  }
}

function placed(error: unknown, place: string): unknown {
  return error instanceof TraceFormatError
    ? new TraceFormatError(error.problem, [place, ...error.places])
    : error;
}

/** Reads each item of a list that may be missing; the place in an error is `<what> <number from 1>`. */
export function each<Item>(
  list: unknown,
  { name, what }: { name: string; what: string },
  readItem: (item: JsonObject) => Item,
): Item[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw wrongField(name, list, 'a list');
  let number = 0;
  // A large file has a list of tags for each of its spans: one of which no item is read otherwise is kept.
  let isSame = true;
  try {
    const items = list.map(item => {
      number++;
      if (!isObject(item)) throw new TraceFormatError(`expected an object, found ${shown(item)}`);
      const read = readItem(item);
      isSame &&= read === item;
      return read;
    });
    return isSame ? list : items;
  } catch (error) {
    throw placed(error, `${what} ${number}`);
  }
}

/** A text; empty where it is missing. */
export function textField(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongField(name, value, 'text');
  return value;
}
