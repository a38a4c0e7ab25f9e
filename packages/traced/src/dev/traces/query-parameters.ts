/** The parameters of Jaeger's query API, with Jaeger's names, units, defaults and errors. */
import { traceID } from '../../read/span.ts';
import type { TraceQuery } from './store.ts';

/** A parameter is wrong; the message is Jaeger's. */
export class ParameterError extends Error {
  override name = 'ParameterError';
}

// Longer numbers and lengths of time are refused before they are computed with: no value that fits is written so.
const MAX_NUMBER_LENGTH = 100;
const HOUR_MS = 3_600_000;
const MILLISECOND_NS = 1_000_000n;

/** `/api/traces`: either the ids of traces, each once, or a query. Throws `ParameterError`. */
export function traceParameters(
  parameters: URLSearchParams,
  now: number,
): { traceIDs: string[]; raw: boolean; query: TraceQuery } {
  const query: TraceQuery = {
    service: first(parameters, 'service'),
    operation: first(parameters, 'operation'),
    startMin: time(parameters, 'start', 1_000n) ?? BigInt(now - 48 * HOUR_MS) * MILLISECOND_NS,
    // Now is only known to the millisecond, and a span may have begun within the one that is under way.
    startMax: time(parameters, 'end', 1_000n) ?? BigInt(now + 1) * MILLISECOND_NS,
    tags: tags(parameters),
    limit: limit(first(parameters, 'limit')),
    durationMin: duration(parameters, 'minDuration'),
    durationMax: duration(parameters, 'maxDuration'),
  };
  const traceIDs = parameters.getAll('traceID').map(id => {
    try {
      return parseTraceID(id);
    } catch (error) {
      throw new ParameterError(`cannot parse traceID param: ${(error as Error).message}`);
    }
  });
  const raw = flag(parameters, 'raw');
  if (traceIDs.length === 0 && query.service === '')
    throw new ParameterError("parameter 'service' is required");
  if (query.durationMin !== 0n && query.durationMax !== 0n && query.durationMax < query.durationMin) {
    throw new ParameterError("'maxDuration' should be greater than 'minDuration'");
  }
  return { traceIDs: [...new Set(traceIDs)], raw, query };
}

/** `/api/traces/{id}`: checks what Jaeger checks; start and end do not matter in memory. Throws `ParameterError`. */
export function oneTraceParameters(id: string, parameters: URLSearchParams): { id: string; raw: boolean } {
  const parsed = parseTraceID(id);
  time(parameters, 'start', 1_000n);
  time(parameters, 'end', 1_000n);
  return { id: parsed, raw: flag(parameters, 'raw') };
}

/** `/api/dependencies`: the time range in nanoseconds. Throws `ParameterError`. */
export function dependencyParameters(parameters: URLSearchParams, now: number): { from: bigint; to: bigint } {
  const to = time(parameters, 'endTs', MILLISECOND_NS) ?? BigInt(now + 1) * MILLISECOND_NS;
  const lookback = time(parameters, 'lookback', MILLISECOND_NS) ?? BigInt(24 * HOUR_MS) * MILLISECOND_NS;
  return { from: to - lookback, to };
}

/** A parameter's first value, or the empty text. */
export function first(parameters: URLSearchParams, name: string): string {
  return parameters.get(name) ?? '';
}

export function parseTraceID(id: string): string {
  if (id.length > 32) throw new ParameterError(`TraceID cannot be longer than 32 hex characters: ${id}`);
  const split = Math.max(0, id.length - 16);
  const halves = id.length > 16 ? [id.slice(0, split), id.slice(split)] : ['0', id];
  for (const half of halves) {
    if (!/^[0-9a-f]+$/i.test(half)) {
      throw new ParameterError(`strconv.ParseUint: parsing ${JSON.stringify(half)}: invalid syntax`);
    }
  }
  const [high = '', low = ''] = halves.map(half => half.toLowerCase().padStart(16, '0'));
  return traceID(high, low);
}

export function integer(text: string, bits: number): bigint {
  const isNumber = /^[+-]?\d+$/.test(text);
  if (isNumber && text.length <= MAX_NUMBER_LENGTH) {
    const value = BigInt(text);
    if (BigInt.asIntN(bits, value) === value) return value;
  }
  const problem = isNumber ? 'value out of range' : 'invalid syntax';
  throw new ParameterError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${problem}`);
}

function time(parameters: URLSearchParams, name: string, unit: bigint): bigint | undefined {
  const text = first(parameters, name);
  return text === '' ? undefined : named(name, () => BigInt.asIntN(64, integer(text, 64) * unit));
}

function limit(text: string): number {
  return text === '' ? 100 : Number(integer(text, 32));
}

export function flag(parameters: URLSearchParams, name: string): boolean {
  const text = first(parameters, name);
  if (['', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return named(name, () => {
    throw new ParameterError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  });
}

const UNITS: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** A length like `1.5ms` or `1m30s` in nanoseconds; 0 where the parameter is not there. */
function duration(parameters: URLSearchParams, name: string): bigint {
  const text = first(parameters, name);
  return text === '' ? 0n : named(name, () => parseDuration(text));
}

export function parseDuration(text: string): bigint {
  const quoted = JSON.stringify(text);
  const isSigned = /^[+-]/.test(text);
  const length = isSigned ? text.slice(1) : text;
  if (length === '0') return 0n;
  const invalid = () => new ParameterError(`time: invalid duration ${quoted}`);
  if (length === '' || length.length > MAX_NUMBER_LENGTH) throw invalid();
  // Each match begins where the one before ended, and can match in one way only: the time is linear in the text.
  const part = /(?:(\d+)(?:\.(\d*))?|\.(\d+))([^\d.]*)/y;
  let total = 0n;
  while (part.lastIndex < length.length) {
    const matched = part.exec(length);
    if (matched === null) throw invalid();
    const [, whole = '', decimals = '', fraction = decimals, unit = ''] = matched;
    if (unit === '') throw new ParameterError(`time: missing unit in duration ${quoted}`);
    const nanoseconds = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (nanoseconds === undefined) {
      throw new ParameterError(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    }
    total += BigInt(whole) * nanoseconds + (BigInt(fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  if (BigInt.asIntN(64, total) !== total) throw invalid();
  return text.startsWith('-') ? -total : total;
}

function tags(parameters: URLSearchParams): Map<string, string> {
  const tags = new Map<string, string>();
  for (const tag of parameters.getAll('tag')) {
    const colon = tag.indexOf(':');
    if (colon === -1) {
      throw new ParameterError(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    }
    tags.set(tag.slice(0, colon), tag.slice(colon + 1));
  }
  for (const json of parameters.getAll('tags')) {
    for (const [key, value] of Object.entries(jsonTags(json))) tags.set(key, value);
  }
  return tags;
}

function jsonTags(json: string): Record<string, string> {
  const malformed = "malformed 'tags' parameter, cannot unmarshal JSON:";
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new ParameterError(`${malformed} ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new ParameterError(`${malformed} expected an object of texts, got ${json}`);
  }
  const texts = Object.entries(parsed ?? {}).map(([key, value]) => {
    if (value !== null && typeof value !== 'string') {
      throw new ParameterError(`${malformed} the value of ${JSON.stringify(key)} is not text`);
    }
    return [key, value ?? ''];
  });
  return Object.fromEntries(texts);
}

function named<Value>(name: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new ParameterError(`unable to parse param '${name}': ${(error as Error).message}`);
  }
}
