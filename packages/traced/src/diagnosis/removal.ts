import type { PathSection } from './critical-path.ts';
import type { Change } from './replay.ts';
import type { SpanNode } from './tree.ts';

/**
 * µs of the caller's own time on either side that go with a call that is not made, at most: its making, and the
 * handling of its answer, or of its failure, which takes longer. In the project's own functions it was 0.5 to 1.5 ms
 * (`npm run accuracy`).
 */
const mostOwnTime = { answered: 500, failed: 1_000 };

/**
 * What would be otherwise without these calls: neither they, nor their making and the handling of their answers,
 * which is the caller's own time right before and after each. More of that than a call needs is other work, and stays.
 */
export function withoutCalls(calls: readonly SpanNode[]): Change {
  return {
    durations: new Map(calls.map(call => [call, 0])),
    idle: calls.flatMap(call => (call.parent === undefined ? [] : ownTimeFor(call, momentsIn(call.parent)))),
  };
}

const known = new WeakMap<SpanNode, readonly number[]>();

/** When the children begin and end, in order: sought in for each of many calls, not gone through. */
function momentsIn(parent: SpanNode): readonly number[] {
  const moments =
    known.get(parent) ?? parent.children.flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);
  known.set(parent, moments);
  return moments;
}

/** From the moment at which a sibling last began or ended before the call, and up to the first one after it. */
function ownTimeFor(call: SpanNode, moments: readonly number[]): PathSection[] {
  const parent = call.parent as SpanNode;
  // Its own moments are among them, at a call without length both.
  const own = call.start === call.end ? 2 : 1;
  const before = moments[countBelow(moments, call.start, true) - own - 1] ?? parent.start;
  const after = moments[countBelow(moments, call.end, false) + own] ?? parent.end;
  const most = call.failed ? mostOwnTime.failed : mostOwnTime.answered;
  return [
    { node: parent, start: Math.max(before, parent.start, call.start - most), end: call.start },
    { node: parent, start: call.end, end: Math.min(after, parent.end, call.end + most) },
  ];
}

/** How many of sorted numbers are less than a limit, or no more than it. */
function countBelow(sorted: readonly number[], limit: number, orEqual: boolean): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const value = sorted[middle] as number;
    if (value < limit || (orEqual && value === limit)) from = middle + 1;
    else to = middle;
  }
  return from;
}
