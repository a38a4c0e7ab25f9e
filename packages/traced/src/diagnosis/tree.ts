/**
 * A trace as a tree that can be reckoned with, whatever the data is like: each received span is in it once, below one
 * parent or as a root, with finite times. What had to be fixed is said in the tree's notes.
 */
import type { Role, Semantics } from '../semantics/index.ts';
import { correctClocks } from './clock-skew.ts';
import type { JaegerProcess, JaegerSpan, JaegerTrace } from './jaeger.ts';
import { outsideNote } from './outside.ts';
import { findParents } from './parents.ts';
import { isOfPlatform } from './platform.ts';
import { inferRoles } from './roles.ts';
import type { SpanIndex } from './span-index.ts';
import { count, length, startOf, uniqueSpans } from './span-nodes.ts';
import { separateWholeMilliseconds } from './whole-milliseconds.ts';
import { adoptCovered } from './wrappers.ts';

export interface SpanNode {
  /** As it was received. */
  readonly span: JaegerSpan;
  readonly id: string;
  /** Undefined where the trace does not say who sent the span. */
  readonly process: JaegerProcess | undefined;
  readonly service: string;
  readonly name: string;
  /** What its attributes mean. */
  readonly semantics: Semantics;
  /** As its attributes say, else as the tree does. */
  kind: Role;
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
  /** Whether it is Knative's own, around a function's. */
  ofPlatform: boolean;
  /** Once it was asked for (`operationKey`), which several rules do. */
  operationKey: string | undefined;
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
  /** The root that stands for the request: one that names no parent and has a server's span, the longest of them. */
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
  const begun = startOf(trace);
  const index = uniqueSpans(trace, begun, notes);
  const { nodes } = index;
  const roots = link(index, trace.traceID, notes);
  inferRoles(nodes);
  placeUndated(nodes, roots, notes);
  noteShifts(correctClocks(roots), notes);
  const start = earliest(nodes);
  if (start !== 0) moveBack(nodes, start);
  sortChildren(nodes);
  noteSeparated(separateWholeMilliseconds(inOrder(roots)), notes);
  roots.sort(byTime);
  noteWrappers(adoptCovered(nodes), notes);
  noteRoots(roots, notes);
  const ordered = placed(inOrder(roots));
  const root = mainRoot(roots);
  const duration = latest(nodes);
  const outside = outsideNote(ordered, root, duration);
  if (outside !== undefined) notes.push(outside);
  return {
    trace,
    traceId: trace.traceID,
    nodes: ordered,
    roots,
    root,
    start: begun + start,
    duration,
    notes,
  };
}

/** The node and all below it, in the order of a waterfall. */
export function subtree(node: SpanNode): SpanNode[] {
  return inOrder([node]);
}

/** Those that have so many children at least. */
export const parentsOf = ({ nodes }: TraceTree, least: number): SpanNode[] =>
  nodes.filter(({ children }) => children.length >= least);

/** The nodes from the root to this one, both included. */
export function pathTo(node: SpanNode): SpanNode[] {
  const path: SpanNode[] = [];
  for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent) path.push(at);
  return path.reverse();
}

/** Gives each node its parent and its children; returns the roots. */
function link(index: SpanIndex, traceId: string, notes: string[]): SpanNode[] {
  const { nodes, sharedIds } = index;
  const cycles = findParents(index, traceId);
  if (sharedIds > 0) notes.push(`${count(sharedIds, 'span id')} used by several different spans.`);
  if (cycles > 0) notes.push(`${count(cycles, 'cycle')} of parents, opened at the earliest span.`);
  for (const node of nodes) {
    const { parent } = node;
    if (parent === undefined) continue;
    // A list that grows takes room for many, and most that have children at all have one.
    if (parent.children.length === 0) parent.children = [node];
    else parent.children.push(node);
  }
  return nodes.filter(({ parent }) => parent === undefined);
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
  let first = Number.POSITIVE_INFINITY;
  for (const { start } of nodes) if (start < first) first = start;
  return Number.isFinite(first) ? first : 0;
}

function moveBack(nodes: readonly SpanNode[], by: number): void {
  for (const node of nodes) {
    node.start -= by;
    node.end -= by;
  }
}

function latest(nodes: readonly SpanNode[]): number {
  let last = 0;
  for (const { end } of nodes) if (end > last) last = end;
  return last;
}

const byTime = (a: SpanNode, b: SpanNode): number => a.start - b.start || a.end - b.end;

function sortChildren(nodes: readonly SpanNode[]): void {
  for (const node of nodes) if (node.children.length > 1) node.children.sort(byTime);
}

/** Not recursive: a trace may be a chain of a hundred thousand spans. */
function inOrder(roots: readonly SpanNode[]): SpanNode[] {
  const ordered: SpanNode[] = [];
  const waiting = [...roots].reverse();
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    ordered.push(node);
    const { children } = node;
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i] as SpanNode);
  }
  return ordered;
}

/** Sets what only a whole tree can say of each node; parents come before their children. */
function placed(ordered: SpanNode[]): SpanNode[] {
  for (let place = 0; place < ordered.length; place++) {
    const node = ordered[place] as SpanNode;
    node.place = place;
    node.depth = node.parent === undefined ? 0 : node.parent.depth + 1;
    node.ofPlatform = isOfPlatform(node);
  }
  return ordered;
}

function mainRoot(roots: readonly SpanNode[]): SpanNode | undefined {
  const whole = roots.filter(({ missingParent }) => missingParent === undefined);
  const known = whole.length > 0 ? whole : roots;
  const asked = known.length > 1 ? known.filter(hasServer) : known;
  const candidates = asked.length > 0 ? asked : known;
  return candidates.reduce<SpanNode | undefined>(
    (main, node) => (main === undefined || node.end - node.start > main.end - main.start ? node : main),
    undefined,
  );
}

/** So far below a root a server's span is looked for. */
const nearRoot = 50;

/** Whether something was asked of a server there; a click, or a flush in the background, is no request. */
const hasServer = (root: SpanNode): boolean => {
  const waiting = [root];
  for (let i = 0; i < Math.min(waiting.length, nearRoot); i++) {
    const node = waiting[i] as SpanNode;
    if (node.kind === 'server') return true;
    if (waiting.length < nearRoot) waiting.push(...node.children.slice(0, nearRoot));
  }
  return false;
};

function noteWrappers(moved: number, notes: string[]): void {
  if (moved > 0) notes.push(`${count(moved, 'span')} put below the framework’s span that covers them.`);
}

function noteShifts(shifted: number, notes: string[]): void {
  if (shifted > 0) notes.push(`${count(shifted, 'span')} moved, since the clocks of their hosts differ.`);
}

function noteSeparated(separated: number, notes: string[]): void {
  if (separated > 0)
    notes.push(
      `${count(separated, 'span')} moved by less than a millisecond, since their clock has whole ones.`,
    );
}

function noteRoots(roots: readonly SpanNode[], notes: string[]): void {
  const whole = roots.filter(({ missingParent }) => missingParent === undefined).length;
  if (whole > 1) notes.push(`${whole} roots; the longest of a server is taken for the request.`);
  const lost = roots.length - whole;
  if (lost > 0) notes.push(`${count(lost, 'span')} whose parent is missing.`);
}
