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
  return {
    durations: new Map(calls.map(call => [call, 0])),
    idle: calls.flatMap(ownTimeFor),
  };
}

function ownTimeFor(call: SpanNode): PathSection[] {
  const { parent } = call;
  if (parent === undefined) return [];
  let before = parent.start;
  let after = parent.end;
  for (const sibling of parent.children) {
    if (sibling === call) continue;
    for (const time of [sibling.start, sibling.end]) {
      if (time <= call.start) before = Math.max(before, time);
      if (time >= call.end) after = Math.min(after, time);
    }
  }
  return [
    { node: parent, start: Math.max(before, call.start - mostOwnTime), end: call.start },
    { node: parent, start: call.end, end: Math.min(after, call.end + mostOwnTime) },
  ];
}
