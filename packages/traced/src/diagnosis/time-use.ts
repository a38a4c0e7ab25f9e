/** Where the time went: what each span did by itself, how much ran at once, and what the critical path was made of. */
import { answeredBy, isDatabase } from './calls.ts';
import { type PathSection, pathTimeBySpan } from './critical-path.ts';
import { coldStartsIn, isColdStart } from './platform.ts';
import type { SpanNode, TraceTree } from './tree.ts';

export const timeKinds = [
  'self time',
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
  // Knative's call to what has no spans of its own is a call like any other.
  if (node.ofPlatform && (!calls || answeredBy(node) !== undefined)) return 'queueing in the platform';
  if (isDatabase(node)) return 'database';
  if (!calls) return 'self time';
  return answeredBy(node) === undefined ? 'outbound' : 'waiting for another function';
}

/** The kind of every span's own time: of a process's start, its parts, and the wait for it, that they are that. */
export function timeKindsOf(tree: TraceTree): Map<SpanNode, TimeKind> {
  const kinds = timeKindsByPlace(tree);
  return new Map(tree.nodes.map(node => [node, kinds[node.place] as TimeKind]));
}

/** By the places of the spans. */
function timeKindsByPlace({ nodes }: TraceTree): TimeKind[] {
  const waits = new Set(coldStartsIn(nodes).map(({ wait }) => wait));
  const kinds: TimeKind[] = [];
  for (const node of nodes) {
    const isCold =
      isColdStart(node) ||
      waits.has(node) ||
      (node.parent !== undefined && kinds[node.parent.place] === 'cold start');
    kinds.push(isCold ? 'cold start' : timeKind(node));
  }
  return kinds;
}

export function timeUse(
  tree: TraceTree,
  path: readonly PathSection[],
  held: ReadonlyMap<SpanNode, number> = pathTimeBySpan(path),
): TimeUse {
  const kinds = timeKindsByPlace(tree);
  const byKind = new Shares();
  const byService = new Shares();
  const byOperation = new Map<string, Shares>();
  let self = 0;
  for (const node of tree.nodes) {
    const { service, name } = node;
    const time = { self: selfTime(node), critical: held.get(node) ?? 0 };
    self += time.self;
    byKind.add(kinds[node.place] as TimeKind, time);
    byService.add(service, time);
    const ofService = byOperation.get(service) ?? new Shares(`${service} `);
    byOperation.set(service, ofService);
    ofService.add(name, time);
  }
  const busy = busyTime(tree);
  return {
    byKind: byCritical(byKind.all()),
    byService: byCritical(byService.all()),
    byOperation: byCritical([...byOperation.values()].flatMap(shares => shares.all())),
    concurrency: busy === 0 ? 0 : self / busy,
  };
}

class Shares {
  readonly #shares = new Map<string, TimeShare>();
  readonly #prefix: string;

  /** @param prefix of all names */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** Adds a span of this name. */
  add(name: string, { self, critical }: Pick<TimeShare, 'self' | 'critical'>): void {
    const share = this.#shares.get(name);
    if (share === undefined) {
      this.#shares.set(name, { name: this.#prefix + name, critical, self, spans: 1 });
      return;
    }
    share.self += self;
    share.critical += critical;
    share.spans++;
  }

  all(): TimeShare[] {
    return [...this.#shares.values()];
  }
}

const byCritical = (shares: TimeShare[]): TimeShare[] =>
  shares.sort((a, b) => b.critical - a.critical || b.self - a.self);

/** µs in which at least one span ran. */
function busyTime({ nodes }: TraceTree): number {
  let busy = 0;
  let reached = 0;
  // While a span's parent runs, the span adds nothing.
  const outside = nodes.filter(
    ({ start, end, parent }) => parent === undefined || start < parent.start || end > parent.end,
  );
  for (const { start, end } of outside.sort((a, b) => a.start - b.start)) {
    busy += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return busy;
}
