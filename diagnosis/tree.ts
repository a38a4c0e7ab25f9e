/**
 * A trace as a tree that can be reckoned with, whatever the data is like: each received span is in it once, below one
 * parent or as a root, with finite times. What had to be mended is said in the tree's notes.
 */
import { correctClocks } from './clock-skew.ts';
import type { JaegerProcess, JaegerSpan, JaegerTrace } from './jaeger.ts';
import { findParents } from './parents.ts';
import { isFailed, type SpanKind, spanKind } from './tags.ts';

export interface SpanNode {
  /** As it was received. */
  readonly span: JaegerSpan;
  readonly id: string;
  /** Undefined where the trace does not say who sent the span. */
  readonly process: JaegerProcess | undefined;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly failed: boolean;
  /** µs since the tree's start; the corrected clock's where it was corrected. */
  start: number;
  /** µs since the tree's start, never before `start`. */
  end: number;
  parent: SpanNode | undefined;
  /** By start, then by end. */
  children: SpanNode[];
  /** 0 for a root. */
  depth: number;
  /** False for what its parent does not wait for: FOLLOWS_FROM, or a message's consumer below its producer. */
  awaited: boolean;
  /** The parent it names, where that is not in the trace. */
  missingParent: string | undefined;
  /** µs by which the correction of clocks moved it; 0 for most. */
  shift: number;
  /** Where it is in the tree's `nodes`, so that what is known of each span can be in a list. */
  place: number;
}

export interface TraceTree {
  readonly trace: JaegerTrace;
  readonly traceId: string;
  /** In the order of a waterfall: a parent, then its children by start, each with its own below it. */
  readonly nodes: readonly SpanNode[];
  /** By start. */
  readonly roots: readonly SpanNode[];
  /** The root that stands for the request: one that names no parent, the longest of them. */
  readonly root: SpanNode | undefined;
  /** The earliest start, µs since the Unix epoch. */
  readonly start: number;
  /** From the earliest start to the latest end, in µs. */
  readonly duration: number;
  /** What was wrong with the data and how it was taken, a sentence each. */
  readonly notes: readonly string[];
}

/** Builds the tree in n log n. No trace makes it throw. */
export function buildTree(trace: JaegerTrace): TraceTree {
  const notes: string[] = [];
  const nodes = uniqueSpans(trace, notes).map((span, place) => toNode(span, trace, place));
  const roots = link(nodes, trace.traceID, notes);
  placeUndated(nodes, roots, notes);
  noteShifts(correctClocks(roots), notes);
  const start = earliest(nodes);
  for (const node of nodes) {
    node.start -= start;
    node.end -= start;
  }
  sortChildren(nodes);
  roots.sort(byTime);
  noteRoots(roots, notes);
  const ordered = inOrder(roots);
  for (const [place, node] of ordered.entries()) node.place = place;
  return {
    trace,
    traceId: trace.traceID,
    nodes: ordered,
    roots,
    root: mainRoot(roots),
    start,
    duration: nodes.reduce((most, node) => Math.max(most, node.end), 0),
    notes,
  };
}

/** The node and all below it, in the order of a waterfall. */
export function subtree(node: SpanNode): SpanNode[] {
  return inOrder([node]);
}

/** The nodes from the root to this one, both included. */
export function pathTo(node: SpanNode): SpanNode[] {
  const path: SpanNode[] = [];
  for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent) path.push(at);
  return path.reverse();
}

/** Numbers may come as text; NaN for all that is none, or no time: 2^53 µs since the epoch are in the year 2255. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : Number.NaN;
}

const length = ({ duration }: JaegerSpan): number => Math.max(0, numberOf(duration) || 0);
const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** Exporters that send a batch again deliver spans twice; what is equal in all that counts is one span. */
function uniqueSpans(trace: JaegerTrace, notes: string[]): JaegerSpan[] {
  // Most ids are there once, so that only of the others it is asked whether the spans are equal.
  const byId = new Map<string, JaegerSpan | Set<string>>();
  const unique = trace.spans.filter(span => {
    const same = byId.get(span.spanID);
    if (same === undefined) return byId.set(span.spanID, span);
    const keys = same instanceof Set ? same : new Set([keyOf(same)]);
    byId.set(span.spanID, keys);
    return keys.size < keys.add(keyOf(span)).size;
  });
  const dropped = trace.spans.length - unique.length;
  if (dropped > 0) notes.push(`${count(dropped, 'span')} delivered more than once; each was taken once.`);
  const negative = unique.filter(({ duration }) => numberOf(duration) < 0).length;
  if (negative > 0) notes.push(`${count(negative, 'span')} with a negative duration; taken as 0.`);
  return unique;
}

const keyOf = ({ startTime, duration, processID, operationName }: JaegerSpan): string =>
  `${startTime}\n${duration}\n${processID}\n${operationName}`;

function toNode(span: JaegerSpan, trace: JaegerTrace, place: number): SpanNode {
  const start = numberOf(span.startTime);
  const { processes } = trace;
  const process = Object.hasOwn(processes ?? {}, span.processID) ? processes[span.processID] : undefined;
  return {
    span,
    id: span.spanID,
    process,
    service: process?.serviceName ?? '?',
    name: span.operationName,
    kind: spanKind(span),
    failed: isFailed(span),
    start,
    end: start + length(span),
    parent: undefined,
    children: [],
    depth: 0,
    awaited: true,
    missingParent: undefined,
    shift: 0,
    place,
  };
}

/** Gives each node its parent and its children; returns the roots. */
function link(nodes: readonly SpanNode[], traceId: string, notes: string[]): SpanNode[] {
  const { shared, cycles } = findParents(nodes, traceId);
  if (shared > 0) notes.push(`${count(shared, 'span id')} used by several different spans.`);
  if (cycles > 0) notes.push(`${count(cycles, 'cycle')} of parents, opened at the earliest span.`);
  for (const node of nodes) node.parent?.children.push(node);
  return nodes.filter(node => node.parent === undefined);
}

/** A span that does not say when it began is taken to have begun with its parent. */
function placeUndated(nodes: readonly SpanNode[], roots: readonly SpanNode[], notes: string[]): void {
  const undated = nodes.filter(({ start }) => Number.isNaN(start)).length;
  if (undated === 0) return;
  notes.push(`${count(undated, 'span')} without a start; taken to begin with the parent.`);
  const first = earliest(nodes.filter(({ start }) => !Number.isNaN(start)));
  for (const node of inOrder(roots)) {
    if (!Number.isNaN(node.start)) continue;
    node.start = node.parent?.start ?? first;
    node.end = node.start + length(node.span);
  }
}

/** Not by Math.min over all of them: they may be more than the arguments that a call can have. */
function earliest(nodes: readonly SpanNode[]): number {
  const start = nodes.reduce((least, node) => Math.min(least, node.start), Number.POSITIVE_INFINITY);
  return Number.isFinite(start) ? start : 0;
}

const byTime = (a: SpanNode, b: SpanNode): number => a.start - b.start || a.end - b.end;

function sortChildren(nodes: readonly SpanNode[]): void {
  for (const node of nodes) if (node.children.length > 1) node.children.sort(byTime);
}

/** Sets the depths on the way. Not recursive: a trace may be a chain of a hundred thousand spans. */
function inOrder(roots: readonly SpanNode[]): SpanNode[] {
  const ordered: SpanNode[] = [];
  const waiting = [...roots].reverse();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    node.depth = node.parent === undefined ? 0 : node.parent.depth + 1;
    ordered.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i] as SpanNode);
  }
  return ordered;
}

function mainRoot(roots: readonly SpanNode[]): SpanNode | undefined {
  const whole = roots.filter(({ missingParent }) => missingParent === undefined);
  const candidates = whole.length > 0 ? whole : roots;
  return candidates.reduce<SpanNode | undefined>(
    (main, node) => (main === undefined || node.end - node.start > main.end - main.start ? node : main),
    undefined,
  );
}

function noteShifts(shifted: number, notes: string[]): void {
  if (shifted > 0) notes.push(`${count(shifted, 'span')} moved, since the clocks of their hosts differ.`);
}

function noteRoots(roots: readonly SpanNode[], notes: string[]): void {
  const whole = roots.filter(({ missingParent }) => missingParent === undefined).length;
  if (whole > 1) notes.push(`${whole} roots; the longest one is taken for the request.`);
  const lost = roots.length - whole;
  if (lost > 0) notes.push(`${count(lost, 'span')} whose parent is missing.`);
}
