/** Findings that a team has looked at and accepts for now, in a file that is reviewed like code. */
import { readFileSync } from 'node:fs';
import { type Finding, findingKinds } from '../diagnosis/findings.ts';
import { isObject } from '../read/trace-format.ts';
import { InputError } from './input-error.ts';
import { systemReason } from './system-reasons.ts';

/** What a finding must have to be one of these; what is not given may be anything. */
interface Acknowledgement {
  kind?: string;
  service?: string;
  operation?: string;
  /** The last day on which it counts, `2026-12-31`. */
  until?: string;
  reason: string;
}

const texts = ['kind', 'service', 'operation', 'until'] as const;

/**
 * Reads `{"acknowledged": [{"kind", "service", "operation", "until", "reason"}]}`.
 * @param today as `2026-12-31`
 * @returns why a finding is accepted; undefined where it is not
 * @throws InputError where the file cannot be read, or something in it is wrong
 */
export function acknowledgements(
  path: string,
  today = new Date().toISOString().slice(0, 10),
): (finding: Pick<Finding, 'kind' | 'service' | 'operation'>) => string | undefined {
  const entries = read(path).filter(({ until }) => until === undefined || until >= today);
  const fits = (wanted: string | undefined, value: string) => wanted === undefined || wanted === value;
  return ({ kind, service, operation }) =>
    entries.find(
      entry => fits(entry.kind, kind) && fits(entry.service, service) && fits(entry.operation, operation),
    )?.reason;
}

function read(path: string): Acknowledgement[] {
  const wrong = (what: string) => new InputError(`${path}: ${what}`);
  const list = (parsed(path) as { acknowledged?: unknown } | null)?.acknowledged;
  if (!Array.isArray(list)) throw wrong('expected {"acknowledged": […]}');
  return list.map((entry: unknown, i) => {
    const place = `entry ${i + 1}`;
    if (!isObject(entry)) throw wrong(`${place} is not an object`);
    const { reason, kind, until } = entry;
    if (typeof reason !== 'string' || reason.trim() === '') throw wrong(`${place} needs a "reason"`);
    const odd = Object.keys(entry).find(key => key !== 'reason' && !texts.some(name => name === key));
    if (odd !== undefined)
      throw wrong(`${place}: unknown field "${odd}"; available: ${[...texts, 'reason'].join(', ')}`);
    const other = texts.find(name => entry[name] !== undefined && typeof entry[name] !== 'string');
    if (other !== undefined) throw wrong(`${place}: "${other}" is not text`);
    if (kind !== undefined && !findingKinds.some(each => each === kind))
      throw wrong(`${place}: unknown kind "${String(kind)}"; available: ${findingKinds.join(', ')}`);
    if (until !== undefined && !/^\d{4}-\d\d-\d\d$/.test(String(until)))
      throw wrong(`${place}: "until" must be a day like 2026-12-31`);
    return entry as unknown as Acknowledgement;
  });
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(`${path} is not JSON: ${error.message}`);
    throw new InputError(`${path} cannot be read: ${systemReason(error as NodeJS.ErrnoException)}`);
  }
}
