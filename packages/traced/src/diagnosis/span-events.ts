/** What happens in a span's time: its children begin and end. */
import type { SpanNode } from './tree.ts';

export interface SpanEvent {
  /** µs since the span's start. */
  time: number;
  child: SpanNode;
  isEnd: boolean;
}

/** When the children that touch the span's time begin and end, in the order of time. */
export function eventsOf(node: SpanNode): SpanEvent[] {
  const begins: SpanEvent[] = [];
  const ends: SpanEvent[] = [];
  for (const child of node.children) {
    if (cutLength(child, node) < 0) continue;
    const start = Math.max(child.start, node.start) - node.start;
    const end = Math.min(child.end, node.end) - node.start;
    begins.push({ time: start, child, isEnd: false });
    // Nobody waits for the end of what is not awaited, and a child without length ends where it began.
    if (child.awaited && end > start) ends.push({ time: end, child, isEnd: true });
  }
  // The children are by their start, and so are their begins.
  return merged(
    begins,
    ends.sort((a, b) => a.time - b.time),
  );
}

/** Both by time; what ends as another begins came first. */
function merged(begins: readonly SpanEvent[], ends: readonly SpanEvent[]): SpanEvent[] {
  const events: SpanEvent[] = [];
  let ended = 0;
  for (const begin of begins) {
    for (let end = ends[ended]; end !== undefined && end.time <= begin.time; end = ends[ended]) {
      events.push(end);
      ended++;
    }
    events.push(begin);
  }
  for (; ended < ends.length; ended++) events.push(ends[ended] as SpanEvent);
  return events;
}

/** µs of a child that lie before its parent's start. */
export const cutBefore = (child: SpanNode, parent: SpanNode): number =>
  Math.max(0, parent.start - child.start);

/** µs of a child that lie in its parent's time; negative where they are apart. */
export const cutLength = (child: SpanNode, parent: SpanNode): number =>
  Math.min(child.end, parent.end) - Math.max(child.start, parent.start);
