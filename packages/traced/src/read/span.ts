/**
 * A span as the store keeps it: Jaeger's model, with full nanoseconds and typed values, from which
 * the JSON of the query API is made. Nothing in a stored span is changed after it was stored.
 */
import type { JaegerReference } from '../diagnosis/jaeger.ts';

export type Tag =
  | { key: string; type: 'string'; value: string }
  | { key: string; type: 'bool'; value: boolean }
  | { key: string; type: 'int64'; value: bigint }
  | { key: string; type: 'float64'; value: number }
  | { key: string; type: 'binary'; value: Uint8Array };

export interface Process {
  serviceName: string;
  tags: Tag[];
}

export interface Log {
  /** Nanoseconds since the Unix epoch. */
  time: bigint;
  fields: Tag[];
}

export interface Span {
  traceID: string;
  spanID: string;
  flags: number;
  operationName: string;
  references: JaegerReference[];
  /** Nanoseconds since the Unix epoch. */
  startTime: bigint;
  /** Nanoseconds. */
  duration: bigint;
  tags: Tag[];
  logs: Log[];
  /** Shared by all spans of a batch. */
  process: Process;
  warnings: string[];
}

export const NO_SPAN = '0000000000000000';

/** A trace's id as Jaeger prints it: 32 hexadecimal digits, or 16 where the upper half is zero. */
export function traceID(high: string, low: string): string {
  return high === NO_SPAN ? low : high + low;
}

/** The parent is the first CHILD_OF in the same trace, else the first FOLLOWS_FROM, else `NO_SPAN`. */
export function parentSpanID(span: Pick<Span, 'traceID' | 'references'>): string {
  let followed: string | undefined;
  for (const reference of span.references) {
    if (reference.traceID !== span.traceID) continue;
    if (reference.refType === 'CHILD_OF') return reference.spanID;
    followed ??= reference.spanID;
  }
  return followed ?? NO_SPAN;
}

/** Adds `parent` in front as CHILD_OF unless a reference to that span is there or `parent` is none. */
export function withParent(
  traceID: string,
  parent: string,
  references: JaegerReference[],
): JaegerReference[] {
  if (parent === NO_SPAN) return references;
  if (references.some(reference => reference.spanID === parent && reference.traceID === traceID))
    return references;
  return [{ refType: 'CHILD_OF', traceID, spanID: parent }, ...references];
}

/** The text that a tag filter is compared with. */
export function tagText(tag: Tag): string {
  switch (tag.type) {
    case 'float64':
      return floatText(tag.value);
    case 'binary':
      return Buffer.from(tag.value).toString('hex');
    default:
      return String(tag.value);
  }
}

// Ten significant digits, as C's %g has them, with two digits in the exponent: what Jaeger compares with.
function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponent = ''] = value.toExponential(9).split('e');
  const power = Number(exponent);
  const trimmed = mantissa.replace(/\.?0+$/, '');
  if (power < -4 || power >= 10) {
    return `${trimmed}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return value
    .toFixed(Math.max(0, 9 - power))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

const TYPE_ORDER = { string: 0, bool: 1, int64: 2, float64: 3, binary: 4 } as const;

/** Orders tags by key, then type, then value, text by code point as Go compares it. */
export function compareTags(a: Tag, b: Tag): number {
  if (a.key !== b.key) return compareText(a.key, b.key);
  if (a.type !== b.type) return TYPE_ORDER[a.type] - TYPE_ORDER[b.type];
  if (a.type === 'string') return compareText(a.value, b.value as string);
  if (a.type === 'binary') return Buffer.compare(a.value, b.value as Uint8Array);
  if (a.value === b.value) return 0;
  return a.value < (b.value as typeof a.value) ? -1 : 1;
}

/** Orders text by code point; JavaScript's own order is by UTF-16 unit, which differs above U+FFFF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = (x & 0xf800) === 0xd800;
    const ySurrogate = (y & 0xf800) === 0xd800;
    return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1;
  }
  return a.length - b.length;
}

const OBJECT_BYTES = 48;

/** What a span (without its process) is counted for in the store's byte limit: an estimate of its heap. */
export function spanBytes(span: Span): number {
  let bytes = 400 + span.operationName.length + tagsBytes(span.tags);
  bytes += span.references.length * 150;
  for (const log of span.logs) bytes += 2 * OBJECT_BYTES + tagsBytes(log.fields);
  for (const warning of span.warnings) bytes += OBJECT_BYTES + warning.length;
  return bytes;
}

/** What tags are counted for: an estimate of their heap in bytes. */
export function tagsBytes(tags: readonly Tag[]): number {
  let bytes = 0;
  for (const { key, value } of tags) {
    bytes += 2 * OBJECT_BYTES + key.length;
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += 2 * OBJECT_BYTES + value.length;
  }
  return bytes;
}
