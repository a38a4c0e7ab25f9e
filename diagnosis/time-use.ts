/** Where the time went: what each span did by itself, how much ran at once, and what the critical path was made of. */
import type { PathSection } from './critical-path.ts';
import { coldStartsIn, isColdStart, isPlatform } from './platform.ts';
import { tagText } from './tags.ts';
import type { SpanNode, TraceTree } from './tree.ts';

export const timeKinds = [
  'own work',
  'waiting for another function',
  'database',
  'outbound',
  'queueing in the platform',
  'cold start',
] as const;

export type TimeKind = (typeof timeKinds)[number];

/** One row of a table of the critical path; µs. */
export interface TimeShare {
  name: string;
  /** µs of the critical path. */
  critical: number;
  /** µs of own time in all its spans, on the path or not. */
  self: number;
  spans: number;
}

export interface TimeUse {
  /** All by their time on the critical path, the longest first. */
  byKind: TimeShare[];
  byService: TimeShare[];
  /** Named `service operation`. */
  byOperation: TimeShare[];
  /** Own time of all spans over the time in which any ran: how many spans were at work at once, on average. */
  concurrency: number;
}

/** µs in which the span ran and none of its children did. */
export function selfTime(node: SpanNode): number {
  let covered = 0;
  let reached = node.start;
  for (const child of node.children) {
    const start = Math.max(child.start, reached);
    const end = Math.min(child.end, node.end);
    if (end > start) covered += end - start;
    reached = Math.max(reached, end);
  }
  return node.end - node.start - covered;
}

/** What the span does while none of its children runs. */
function timeKind(node: SpanNode): TimeKind {
  const calls = node.kind === 'client' || node.kind === 'producer';
  const answered = node.children.some(({ kind, service }) => kind === 'server' || service !== node.service);
  // Knative's call to what has no spans of its own is a call like any other.
  if (isPlatform(node) && (!calls || answered)) return 'queueing in the platform';
  if (tagText(node.span, 'db.system.name', 'db.system', 'db.type') !== '') return 'database';
  if (!calls) return 'own work';
  return answered ? 'waiting for another function' : 'outbound';
}

/** The kind of every span's own time: of a process's start, its parts, and the wait for it, that they are that. */
export function timeKindsOf(tree: TraceTree): Map<SpanNode, TimeKind> {
  const waits = new Set(coldStartsIn(tree.nodes).map(({ wait }) => wait));
  const kinds = new Map<SpanNode, TimeKind>();
  for (const node of tree.nodes) {
    const isCold =
      isColdStart(node) ||
      waits.has(node) ||
      (node.parent !== undefined && kinds.get(node.parent) === 'cold start');
    kinds.set(node, isCold ? 'cold start' : timeKind(node));
  }
  return kinds;
}

export function timeUse(tree: TraceTree, path: readonly PathSection[]): TimeUse {
  const kinds = timeKindsOf(tree);
  const nameOf = {
    byKind: (node: SpanNode) => kinds.get(node) ?? 'own work',
    byService: (node: SpanNode) => node.service,
    byOperation: (node: SpanNode) => `${node.service} ${node.name}`,
  };
  const selfTimes = new Map(tree.nodes.map(node => [node, selfTime(node)]));
  const shares = (name: (node: SpanNode) => string) => sharesBy(name, selfTimes, path);
  const self = [...selfTimes.values()].reduce((sum, time) => sum + time, 0);
  const busy = busyTime(tree);
  return {
    byKind: shares(nameOf.byKind),
    byService: shares(nameOf.byService),
    byOperation: shares(nameOf.byOperation),
    concurrency: busy === 0 ? 0 : self / busy,
  };
}

function sharesBy(
  name: (node: SpanNode) => string,
  selfTimes: ReadonlyMap<SpanNode, number>,
  path: readonly PathSection[],
): TimeShare[] {
  const shares = new Map<string, TimeShare>();
  const shareOf = (node: SpanNode) => {
    const key = name(node);
    let share = shares.get(key);
    if (share === undefined) {
      share = { name: key, critical: 0, self: 0, spans: 0 };
      shares.set(key, share);
    }
    return share;
  };
  for (const [node, self] of selfTimes) {
    const share = shareOf(node);
    share.self += self;
    share.spans++;
  }
  for (const { node, start, end } of path) shareOf(node).critical += end - start;
  return [...shares.values()].sort((a, b) => b.critical - a.critical || b.self - a.self);
}

/** µs in which at least one span ran. */
function busyTime({ nodes }: TraceTree): number {
  let busy = 0;
  let reached = 0;
  for (const { start, end } of [...nodes].sort((a, b) => a.start - b.start)) {
    busy += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return busy;
}
