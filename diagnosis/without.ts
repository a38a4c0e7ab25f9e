import type { PathSection } from './critical-path.ts';
import type { Change } from './replay.ts';
import type { SpanNode } from './tree.ts';

/**
 * µs of the caller's own time on either side that go with a call that is not made. In the project's own functions it
 * was 0.5 to 1.5 ms (`npm run accuracy`).
 */
const mostOwnTime = 1_000;

/**
 * What would be otherwise without these calls: neither they, nor their making and the handling of their answers,
 * which is the caller's own time right before and after each. More of that than a call needs is other work, and stays.
 */
export function withoutCalls(calls: readonly SpanNode[]): Change {
  const moments = new Map<SpanNode, number[]>();
  return {
    durations: new Map(calls.map(call => [call, 0])),
    idle: calls.flatMap(call => {
      const { parent } = call;
      if (parent === undefined) return [];
      const known = moments.get(parent) ?? momentsIn(parent);
      moments.set(parent, known);
      return ownTimeFor(call, parent, known);
    }),
  };
}

/** When the children begin and end, in order: sought in for each of many calls, not gone through. */
const momentsIn = ({ children }: SpanNode): number[] =>
  children.flatMap(({ start, end }) => [start, end]).sort((a, b) => a - b);

/** From the moment at which a sibling last began or ended before the call, and up to the first one after it. */
function ownTimeFor(call: SpanNode, parent: SpanNode, moments: readonly number[]): PathSection[] {
  // Its own moments are among them, at a call without length both.
  const own = call.start === call.end ? 2 : 1;
  const before = moments[countBelow(moments, call.start, true) - own - 1] ?? parent.start;
  const after = moments[countBelow(moments, call.end, false) + own] ?? parent.end;
  return [
    { node: parent, start: Math.max(before, parent.start, call.start - mostOwnTime), end: call.start },
    { node: parent, start: call.end, end: Math.min(after, parent.end, call.end + mostOwnTime) },
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
