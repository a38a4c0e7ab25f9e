/** The spans of a trace as nodes, each once, with times that are numbers. Whose child each is, they don't say yet. */
import { Semantics } from '../semantics/index.ts';
import type { JaegerSpan, JaegerTrace } from './jaeger.ts';
import { SpanIndex } from './span-index.ts';
import type { SpanNode } from './tree.ts';

/** Numbers may come as text; NaN for all that is none, or no time: 2^53 µs since the epoch are in the year 2255. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : Number.NaN;
}

/**
 * µs since the epoch: of the first span that says when it began. Times are reckoned from there, where they are small
 * whole numbers, which take less room than those since the epoch.
 */
export function startOf({ spans }: JaegerTrace): number {
  for (const { startTime } of spans) {
    const start = numberOf(startTime);
    if (!Number.isNaN(start)) return start;
  }
  return 0;
}

/** µs. */
export const length = ({ duration }: JaegerSpan): number => Math.max(0, numberOf(duration) || 0);
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Exporters that send a batch again deliver spans twice; what is equal in all that counts is one span. */
export function uniqueSpans(trace: JaegerTrace, begun: number, notes: string[]): SpanIndex {
  let index = new SpanIndex(trace.spans.map((span, place) => toNode(span, trace, begun, place)));
  if (index.sharedIds > 0) index = withoutCopies(index);
  const { nodes } = index;
  const dropped = trace.spans.length - nodes.length;
  if (dropped > 0) notes.push(`${count(dropped, 'span')} delivered more than once; each was taken once.`);
  const negative = nodes.filter(({ span: { duration } }) => numberOf(duration) < 0).length;
  if (negative > 0) notes.push(`${count(negative, 'span')} with a negative duration; taken as 0.`);
  return index;
}

function withoutCopies(index: SpanIndex): SpanIndex {
  const known = new Set<string>();
  const unique = index.nodes.filter(
    node => !index.isShared(node.id) || known.size < known.add(keyOf(node)).size,
  );
  for (const [place, node] of unique.entries()) node.place = place;
  return new SpanIndex(unique);
}

/** A collector may deliver a span again under another process; the service is the same. */
const keyOf = ({ span: { spanID, startTime, duration, operationName }, service }: SpanNode): string =>
  `${spanID}\n${startTime}\n${duration}\n${service}\n${operationName}`;

function toNode(span: JaegerSpan, trace: JaegerTrace, begun: number, place: number): SpanNode {
  const start = numberOf(span.startTime) - begun;
  const { processes } = trace;
  const process = Object.hasOwn(processes ?? {}, span.processID) ? processes[span.processID] : undefined;
  const semantics = new Semantics(span.operationName, span.tags);
  return {
    span,
    id: span.spanID,
    process,
    service: process?.serviceName ?? '?',
    name: span.operationName,
    semantics,
    kind: semantics.role,
    failed: semantics.failed,
    start,
    end: start + length(span),
    parent: undefined,
    children: [],
    depth: 0,
    awaited: true,
    ofPlatform: false,
    operationKey: undefined,
    missingParent: undefined,
    shift: 0,
    place,
  };
}
