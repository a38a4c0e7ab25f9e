/**
 * What-if: how long the request would take if some of its spans were shorter or side by side.
 *
 * The trace is replayed rather than subtracted from. What a span does is read from when its children begin and end:
 * each of these events is taken to wait for all events of the same span before it (an event is caused by what was
 * seen to happen before it, as in Chow et al., The Mystery Machine, OSDI 2014), and the time from the last of them is
 * the span's own work, which stays. So a call made shorter brings forward what came after it, but only up to where
 * another call, which ran beside it, holds the clock.
 */
import type { PathSection } from './critical-path.ts';
import type { SpanNode, TraceTree } from './tree.ts';

/** What would be otherwise. A span may be named in several of these. */
export interface Change {
  /** Spans that would take so many µs at most: 0 where they would not be there. */
  durations?: ReadonlyMap<SpanNode, number>;
  /** Own time of spans that would not be there. */
  idle?: readonly PathSection[];
  /** Siblings, by start, that would begin together, apart only by their parent's own time between them. */
  together?: readonly (readonly SpanNode[])[];
}

/** Where a span would be, in µs since the tree's start. */
export interface Replayed {
  start: number;
  end: number;
}

export interface Replay {
  /** What the request would take, in µs; never more than it took. */
  duration: number;
  /** Where every span would be; what is below a span that would be shorter is cut to it. */
  spans(): Map<SpanNode, Replayed>;
}

/** What several changes are together. */
export function allOf(changes: readonly Change[]): Change {
  const durations = new Map<SpanNode, number>();
  for (const change of changes) {
    for (const [node, duration] of change.durations ?? []) {
      durations.set(node, Math.min(duration, durations.get(node) ?? duration));
    }
  }
  return {
    durations,
    idle: changes.flatMap(change => change.idle ?? []),
    together: changes.flatMap(change => change.together ?? []),
  };
}

/** Replays the trace with a change. With none, everything is where it was. n log n. */
export function replay(tree: TraceTree, change: Change): Replay {
  const timelines = new Timelines(change);
  // Children come after their parents, so backwards each span's children are known before it.
  for (let i = tree.nodes.length - 1; i >= 0; i--) timelines.add(tree.nodes[i] as SpanNode);
  return {
    duration: tree.root === undefined ? 0 : timelines.lengthOf(tree.root),
    spans: () => timelines.positions(tree.nodes),
  };
}

interface Event {
  time: number;
  child: SpanNode;
  isEnd: boolean;
}

class Timelines {
  readonly #durations: ReadonlyMap<SpanNode, number>;
  readonly #idle = new Map<SpanNode, PathSection[]>();
  /** The sibling before it, of each that would begin together with it. */
  readonly #after = new Map<SpanNode, SpanNode>();
  readonly #lengths = new Map<SpanNode, number>();
  /** µs from the parent's start. */
  readonly #offsets = new Map<SpanNode, number>();

  constructor({ durations, idle, together }: Change) {
    this.#durations = durations ?? new Map();
    for (const section of idle ?? []) {
      const sections = this.#idle.get(section.node);
      if (sections === undefined) this.#idle.set(section.node, [section]);
      else sections.push(section);
    }
    for (const siblings of together ?? []) {
      siblings.forEach((node, i) => {
        const before = siblings[i - 1];
        if (before !== undefined) this.#after.set(node, before);
      });
    }
  }

  lengthOf(node: SpanNode): number {
    return this.#lengths.get(node) ?? node.end - node.start;
  }

  add(node: SpanNode): void {
    const length = node.end - node.start;
    let last = 0;
    let reached = 0;
    for (const { time, child, isEnd } of events(node)) {
      let at: number;
      if (isEnd)
        at = (this.#offsets.get(child) ?? 0) + Math.min(cutLength(child, node), this.lengthOf(child));
      else at = this.#startOf(child, reached, this.#ownTime(node, last, time));
      if (!isEnd) this.#offsets.set(child, at);
      last = time;
      reached = Math.max(reached, at);
    }
    const replayed = reached + this.#ownTime(node, last, length);
    const limit = this.#durations.get(node) ?? length;
    this.#lengths.set(node, Math.min(replayed, limit));
  }

  #startOf(child: SpanNode, reached: number, ownTime: number): number {
    const before = this.#after.get(child);
    if (before === undefined) return reached + ownTime;
    return Math.min(
      reached + ownTime,
      (this.#offsets.get(before) ?? 0) + Math.max(0, child.start - before.end),
    );
  }

  /** The span's own time between two moments, in µs since its start, without what would be idle no more. */
  #ownTime(node: SpanNode, from: number, to: number): number {
    const idle = (this.#idle.get(node) ?? []).reduce((sum, section) => {
      const start = Math.max(section.start - node.start, from);
      return sum + Math.max(0, Math.min(section.end - node.start, to) - start);
    }, 0);
    return Math.max(0, to - from - idle);
  }

  positions(nodes: readonly SpanNode[]): Map<SpanNode, Replayed> {
    const positions = new Map<SpanNode, Replayed>();
    for (const node of nodes) {
      const parent = node.parent && positions.get(node.parent);
      let start = node.start;
      if (node.parent !== undefined && parent !== undefined) {
        const isCut = this.#durations.has(node.parent);
        start = parent.start + (this.#offsets.get(node) ?? outsideOffset(node, node.parent, parent));
        if (isCut) start = Math.min(start, parent.end);
        const end = start + this.lengthOf(node);
        positions.set(node, { start, end: isCut ? Math.min(end, parent.end) : end });
      } else {
        positions.set(node, { start, end: start + this.lengthOf(node) });
      }
    }
    return positions;
  }
}

/** A child outside of its parent's time keeps its distance to it. */
function outsideOffset(node: SpanNode, parent: SpanNode, replayed: Replayed): number {
  if (node.start < parent.start) return node.start - parent.start;
  return replayed.end - replayed.start + (node.start - parent.end);
}

function cutLength(child: SpanNode, parent: SpanNode): number {
  return Math.min(child.end, parent.end) - Math.max(child.start, parent.start);
}

/** When the children that touch the span's time begin and end, in µs since its start. */
function events(node: SpanNode): Event[] {
  const events: Event[] = [];
  for (const child of node.children) {
    if (cutLength(child, node) < 0) continue;
    const start = Math.max(child.start, node.start) - node.start;
    const end = Math.min(child.end, node.end) - node.start;
    events.push({ time: start, child, isEnd: false });
    // Nobody waits for the end of what is not awaited, and a child without length ends where it began.
    if (child.awaited && end > start) events.push({ time: end, child, isEnd: true });
  }
  // What ends as another begins came first.
  return events.sort((a, b) => a.time - b.time || Number(b.isEnd) - Number(a.isEnd));
}
