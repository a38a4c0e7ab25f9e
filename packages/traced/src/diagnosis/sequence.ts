import type { SpanNode } from './tree.ts';

/** A span may end up to so many µs after the next began and still be over: clocks are read at µs. */
const tolerance = 1;

/** The longest run of spans of which each began when the one before it had ended. */
export function sequenceOf(spans: readonly SpanNode[]): SpanNode[] {
  const sequence: SpanNode[] = [];
  let ended = Number.NEGATIVE_INFINITY;
  // Taking what ends first leaves room for the most (interval scheduling).
  for (const span of [...spans].sort((a, b) => a.end - b.end || a.start - b.start)) {
    if (span.start < ended - tolerance) continue;
    sequence.push(span);
    ended = span.end;
  }
  return sequence;
}

/** µs right before each of some siblings, by start, in which none of them ran. */
export function ownTimesBefore(siblings: readonly SpanNode[]): Map<SpanNode, number> {
  const times = new Map<SpanNode, number>();
  let reached = siblings[0]?.parent?.start ?? 0;
  for (const span of siblings) {
    times.set(span, Math.max(0, span.start - reached));
    reached = Math.max(reached, span.end);
  }
  return times;
}

/** How many of the spans ran at once at most. */
export function mostAtOnce(spans: readonly SpanNode[]): number {
  const starts = Float64Array.from(spans, ({ start }) => start).sort();
  const ends = Float64Array.from(spans, ({ end }) => end).sort();
  let begun = 0;
  let ended = 0;
  let most = 0;
  for (const start of starts) {
    begun++;
    while ((ends[ended] as number) <= start) ended++;
    most = Math.max(most, begun - ended);
  }
  return most;
}

/** In two groups or more by a key, each in the order given. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

export const lengthOf = ({ start, end }: { start: number; end: number }): number => end - start;
