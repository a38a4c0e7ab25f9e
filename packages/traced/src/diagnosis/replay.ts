/**
 * What-if: how long the request would take if some of its spans were shorter or side by side.
 *
 * The trace is replayed rather than subtracted from. What a span does is read from when its children begin and end:
 * each of these events is taken to wait for all events of the same span before it (an event is caused by what was
 * seen to happen before it, as in Chow et al., The Mystery Machine, OSDI 2014), and the time from the last of them is
 * the span's self time, which stays. So a call made shorter brings forward what came after it, but only up to where
 * another call, which ran beside it, is on the critical path.
 */
import type { PathSection } from './critical-path.ts';
import { type IdleTime, idleTimes } from './idle-time.ts';
import { cutBefore, cutLength, eventsOf } from './span-events.ts';
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
  /** What the request, or the entry asked for, would take, in µs; never more than it took. */
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

/**
 * Replays the trace with a change: n log n of the spans that the change is about, those above them, and their children.
 * @param entry whose duration is asked for; the request's root unless given
 */
export function replay(tree: TraceTree, change: Change, entry: SpanNode | undefined = tree.root): Replay {
  const timelines = new Timelines(tree, change);
  return {
    duration: entry === undefined ? 0 : timelines.lengthOf(entry),
    spans: () => timelines.positions(tree.nodes),
  };
}

/** Only what a change is about, and the spans above that, can come out otherwise than they were. */
function affectedBy({ durations, idle, together }: Change): SpanNode[] {
  const affected = new Set<SpanNode>();
  const add = (node: SpanNode | undefined) => {
    for (let at = node; at !== undefined && !affected.has(at); at = at.parent) affected.add(at);
  };
  for (const node of durations?.keys() ?? []) add(node);
  for (const { node } of idle ?? []) add(node);
  for (const siblings of together ?? []) for (const node of siblings) add(node.parent);
  return [...affected].sort((a, b) => b.depth - a.depth);
}

/** A callee that outlasts its caller is looked into so many calls deep. */
const deepest = 20;

class Timelines {
  readonly #durations: ReadonlyMap<SpanNode, number>;
  readonly #idle: ReadonlyMap<SpanNode, IdleTime>;
  /** The siblings before it, of each that would begin together with them. */
  readonly #befores = new Map<SpanNode, SpanNode[]>();
  /** By the spans' places; NaN where a span is as long as it was. */
  readonly #lengths: Float64Array;
  /** µs from the parent's start, or from where the child is cut to it, by place; NaN where nobody asked. */
  readonly #offsets: Float64Array;
  /** Spans that end before what they did would have been done. */
  readonly #cut = new Set<SpanNode>();

  constructor({ nodes }: TraceTree, change: Change) {
    this.#lengths = new Float64Array(nodes.length).fill(Number.NaN);
    this.#offsets = new Float64Array(nodes.length).fill(Number.NaN);
    this.#durations = change.durations ?? new Map();
    this.#idle = idleTimes(change.idle ?? []);
    for (const siblings of change.together ?? []) {
      siblings.forEach((node, i) => {
        const before = siblings[i - 1];
        if (before === undefined || before.parent !== node.parent) return;
        const befores = this.#befores.get(node);
        if (befores === undefined) this.#befores.set(node, [before]);
        else befores.push(before);
      });
    }
    // Those below come before those above.
    for (const node of affectedBy(change)) this.#add(node);
  }

  lengthOf(node: SpanNode): number {
    const length = this.#lengths[node.place] as number;
    return Number.isNaN(length) ? node.end - node.start : length;
  }

  #add(node: SpanNode): void {
    const length = node.end - node.start;
    let last = 0;
    let reached = 0;
    for (const { time, child, isEnd } of eventsOf(node)) {
      let at: number;
      if (isEnd) at = this.#endOf(child, node);
      else {
        at = this.#startOf(child, reached + this.#ownTime(node, last, time));
        this.#offsets[child.place] = at;
      }
      last = time;
      reached = Math.max(reached, at);
    }
    const replayed = reached + this.#ownTime(node, last, length);
    const limit = Math.max(0, this.#durations.get(node) ?? length);
    if (limit < replayed) this.#cut.add(node);
    this.#lengths[node.place] = Math.min(replayed, limit);
  }

  #startOf(child: SpanNode, inTurn: number): number {
    let start = inTurn;
    for (const before of this.#befores.get(child) ?? []) {
      const offset = this.#offsetOf(before);
      if (offset !== undefined) start = Math.min(start, offset + this.#timeBetween(before, child));
    }
    return start;
  }

  #offsetOf({ place }: SpanNode): number | undefined {
    const offset = this.#offsets[place] as number;
    return Number.isNaN(offset) ? undefined : offset;
  }

  #timeBetween(before: SpanNode, { start, parent }: SpanNode): number {
    return parent === undefined ? 0 : this.#ownTime(parent, before.end - parent.start, start - parent.start);
  }

  /**
   * A child that began before its parent ends sooner by all that it is shorter; it has no end before its parent's start.
   * One that ends after its parent was waited for up to there, unless the parent failed: who gives up would have waited.
   */
  #endOf(child: SpanNode, parent: SpanNode): number {
    const isWhole = child.end <= parent.end || parent.failed;
    const length = isWhole ? this.lengthOf(child) : this.#doneBy(child, parent.end, 0);
    const seen = length - cutBefore(child, parent);
    return (this.#offsetOf(child) ?? 0) + Math.max(0, Math.min(cutLength(child, parent), seen));
  }

  /** How long a span would take, in µs, for what it had done by a moment, in µs since the tree's start. */
  #doneBy(node: SpanNode, moment: number, depth: number): number {
    const time = moment - node.start;
    if (Number.isNaN(this.#lengths[node.place]) || depth > deepest)
      return Math.min(time, this.lengthOf(node));
    let last = 0;
    let reached = 0;
    const running = new Set<SpanNode>();
    for (const event of eventsOf(node)) {
      if (event.time > time) break;
      const { child, isEnd } = event;
      if (!isEnd && child.awaited && child.end > moment) running.add(child);
      last = event.time;
      reached = Math.max(reached, isEnd ? this.#endOf(child, node) : (this.#offsetOf(child) ?? 0));
    }
    if (running.size === 0) reached += this.#ownTime(node, last, time);
    for (const child of running) {
      reached = Math.max(reached, (this.#offsetOf(child) ?? 0) + this.#doneBy(child, moment, depth + 1));
    }
    return Math.min(reached, this.lengthOf(node));
  }

  /** The span's own time between two moments, in µs since its start, without what would be idle no more. */
  #ownTime(node: SpanNode, from: number, to: number): number {
    const idle = this.#idle.get(node);
    if (idle === undefined) return Math.max(0, to - from);
    return Math.max(0, to - from - (idle.before(node.start + to) - idle.before(node.start + from)));
  }

  positions(nodes: readonly SpanNode[]): Map<SpanNode, Replayed> {
    const positions = new Map<SpanNode, Replayed>();
    // Where the spans below a span that was cut end with it.
    const limits = new Map<SpanNode, number>();
    for (const node of nodes) {
      const parent = node.parent && positions.get(node.parent);
      const limit = (node.parent && limits.get(node.parent)) ?? Number.POSITIVE_INFINITY;
      const start = Math.min(parent === undefined ? node.start : this.#placeOf(node, parent), limit);
      const end = start + this.lengthOf(node);
      const position = { start, end: node.awaited ? Math.min(end, limit) : end };
      positions.set(node, position);
      if (this.#cut.has(node)) limits.set(node, position.end);
      else if (node.awaited) limits.set(node, limit);
    }
    return positions;
  }

  #placeOf(node: SpanNode, { start, end }: Replayed): number {
    const parent = node.parent as SpanNode;
    const offset = this.#offsetOf(node);
    if (offset !== undefined) return start + offset - cutBefore(node, parent);
    // A child that began after its parent had ended keeps its distance to that end, any other to the start.
    return node.start > parent.end ? end + (node.start - parent.end) : start + (node.start - parent.start);
  }
}
