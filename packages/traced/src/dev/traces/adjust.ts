/**
 * What Jaeger's query service does to a stored trace before it shows it. The stored spans are left as they
 * are; what is returned are copies.
 */

import {
  compareTags,
  NO_SPAN,
  type Process,
  parentSpanID,
  type Span,
  type Tag,
  tagText,
  withParent,
} from '../../read/span.ts';
import { warnAboutClocks, withReadableIp } from './clock-skew.ts';
import { each, runAtOnce, type Steps } from './slices.ts';

/** The spans of one trace as Jaeger shows them: unique, with sorted tags, usable references and warnings. */
export function adjustTrace(stored: readonly Span[]): Span[] {
  return runAtOnce(adjustSteps(stored));
}

/** As `adjustTrace`, for large traces. */
export function* adjustSteps(stored: readonly Span[]): Steps<Span[]> {
  const processes = new ProcessCopies();
  const spans: Span[] = [];
  // More spans may arrive meanwhile.
  yield* each([...stored], span => spans.push(copyOf(span)));
  separateSharedSpanIDs(spans);
  yield* each(spans, sortTags);
  const unique = yield* withoutDuplicates(spans, processes);
  warnAboutClocks(unique);
  yield* each(unique, span => {
    moveLibraryTags(span, processes);
    removeInvalidReferences(span);
    parentFirst(span);
  });
  return unique;
}

function copyOf(span: Span): Span {
  return {
    ...span,
    references: span.references.map(reference => ({ ...reference })),
    tags: [...span.tags],
    logs: span.logs.map(log => ({ time: log.time, fields: [...log.fields] })),
    warnings: [...span.warnings],
  };
}

// Zipkin's clients give the server's span the id of the client's; each of Jaeger's spans has its own.
function separateSharedSpanIDs(spans: Span[]): void {
  const used = new Set(spans.map(({ spanID }) => spanID));
  if (used.size === spans.length) return;
  const clients = new Set(spans.filter(span => hasKind(span, 'client')).map(({ spanID }) => spanID));
  const replaced = new Map<string, string>();
  let next = 1n;
  for (const span of spans) {
    if (!hasKind(span, 'server') || !clients.has(span.spanID)) continue;
    while (used.has(spanIDText(next))) next++;
    const unique = spanIDText(next++);
    replaced.set(span.spanID, unique);
    replaceParent(span, span.spanID);
    span.spanID = unique;
  }
  for (const span of spans) {
    const parent = replaced.get(parentSpanID(span));
    if (parent !== undefined && parent !== span.spanID) replaceParent(span, parent);
  }
}

function hasKind(span: Span, kind: string): boolean {
  const tag = span.tags.find(({ key }) => key === 'span.kind');
  return tag !== undefined && tagText(tag) === kind;
}

function spanIDText(id: bigint): string {
  return id.toString(16).padStart(16, '0');
}

function replaceParent(span: Span, parent: string): void {
  const old = parentSpanID(span);
  const reference = span.references.find(({ spanID, traceID }) => spanID === old && traceID === span.traceID);
  if (reference !== undefined) reference.spanID = parent;
  else span.references = withParent(span.traceID, parent, span.references);
}

function sortTags(span: Span): void {
  span.tags.sort(compareTags);
  for (const log of span.logs) {
    const named = log.fields.findIndex(({ key, type }) => key === 'event' && type === 'string');
    const [first, event] = [log.fields[0], log.fields[named]];
    if (first === undefined) continue;
    // Jaeger swaps the two; the order of the rest is the same either way, since it is sorted.
    if (event !== undefined) [log.fields[0], log.fields[named]] = [event, first];
    const rest = log.fields.splice(event === undefined ? 0 : 1).sort(compareTags);
    log.fields = log.fields.concat(rest);
  }
}

function* withoutDuplicates(spans: Span[], processes: ProcessCopies): Steps<Span[]> {
  const seen = new Set<string>();
  const unique: Span[] = [];
  yield* each(spans, span => {
    const content = contentKey({ ...span, process: processes.keyOf(span.process) });
    if (!seen.has(content)) unique.push(span);
    seen.add(content);
  });
  return unique;
}

const LIBRARY_TAGS = new Set([
  'telemetry.sdk.language',
  'telemetry.sdk.name',
  'telemetry.sdk.version',
  'telemetry.distro.name',
  'telemetry.distro.version',
]);

// Jaeger's exporters send a resource as tags of each span; what is the SDK's belongs to the process.
function moveLibraryTags(span: Span, processes: ProcessCopies): void {
  const moved = span.tags.filter(({ key }) => LIBRARY_TAGS.has(key));
  const adjusted = processes.withTags(span.process, moved);
  if (adjusted !== undefined) {
    span.tags = span.tags.filter(({ key }) => !LIBRARY_TAGS.has(key));
    span.process = adjusted;
  }
  span.tags = span.tags.map(withReadableIp);
}

function removeInvalidReferences(span: Span): void {
  span.references = span.references.filter(reference => {
    if (reference.traceID !== NO_SPAN) return true;
    const { traceID, spanID, refType } = reference;
    // What Go prints for the removed reference, the fields of its protobuf runtime included.
    const printed = `{TraceID:${traceID} SpanID:${spanID} RefType:${refType} XXX_NoUnkeyedLiteral:{} XXX_unrecognized:[] XXX_sizecache:0}`;
    span.warnings.push(`Invalid span reference removed ${printed}`);
    return false;
  });
}

// Jaeger's page takes the first reference for the parent.
function parentFirst(span: Span): void {
  const own = (reference: Span['references'][number]) => reference.traceID === span.traceID;
  let parent = span.references.findIndex(reference => own(reference) && reference.refType === 'CHILD_OF');
  if (parent === -1) parent = span.references.findIndex(own);
  const [first, swapped] = [span.references[0], span.references[parent]];
  if (first === undefined || swapped === undefined) return;
  [span.references[0], span.references[parent]] = [swapped, first];
}

// Each distinct copy of a process has all of its tags again: beyond so many in a trace, tags stay where they are.
const MAX_ADJUSTED_PROCESSES = 1_000;

/** Jaeger copies the process for each span; here equal ones are one object, made once for a trace. */
class ProcessCopies {
  #keys = new Map<Process, string>();
  #byContent = new Map<string, string>();
  #adjusted = new Map<string, Process>();

  /** Equal for processes with the same name and tags. */
  keyOf(process: Process): string {
    let key = this.#keys.get(process);
    if (key === undefined) {
      const content = contentKey([process.serviceName, [...process.tags].sort(compareTags)]);
      key = this.#byContent.get(content) ?? String(this.#byContent.size);
      this.#byContent.set(content, key);
      this.#keys.set(process, key);
    }
    return key;
  }

  /** The process with the tags moved to it, or undefined where there are too many different ones. */
  withTags(process: Process, moved: Tag[]): Process | undefined {
    const key = `${this.keyOf(process)} ${contentKey(moved)}`;
    let adjusted = this.#adjusted.get(key);
    if (adjusted === undefined && this.#adjusted.size < MAX_ADJUSTED_PROCESSES) {
      const tags = [...process.tags.map(withReadableIp), ...moved].sort(compareTags);
      adjusted = { serviceName: process.serviceName, tags };
      this.#adjusted.set(key, adjusted);
    }
    return adjusted;
  }
}

/** The same text for the same content, whatever JSON itself cannot write (64-bit integers, NaN, bytes). */
export function contentKey(content: unknown): string {
  return JSON.stringify(content, (_key, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number' && !Number.isFinite(value)) return `${value}f`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });
}
