/** What a trace has besides the request: work that goes on after the response, or that is another entry. */
import { formatDuration } from './duration.ts';
import type { SpanNode } from './tree.ts';

/** µs, and how many times the request: less outside of it needs no word. */
const least = 100_000;
const leastShare = 0.5;

/**
 * A sentence on the time that lies outside of the request; undefined where most of the trace is the request.
 * @param nodes in the order of a waterfall
 * @param duration of the whole trace, µs
 */
export function outsideNote(
  nodes: readonly SpanNode[],
  root: SpanNode | undefined,
  duration: number,
): string | undefined {
  if (root === undefined) return undefined;
  const outside = duration - (root.end - root.start);
  if (outside < least || outside < leastShare * (root.end - root.start)) return undefined;
  const times = `${formatDuration(outside)} of ${formatDuration(duration)} lie outside of ${root.service} ${root.name}`;
  const after = nodes.find(
    ({ awaited, start, parent, kind }) =>
      awaited &&
      kind !== 'consumer' &&
      parent !== undefined &&
      start >= parent.end &&
      start > parent.start &&
      start >= root.end,
  );
  const what =
    after === undefined
      ? ''
      : `, ${formatDuration(work(after))} of it work after the response (${after.service} ${after.name})`;
  return `${times}${what}; what ran there is diagnosed by itself.`;
}

const work = ({ start, end }: SpanNode): number => end - start;
