/**
 * Spans whose starts were cut to whole milliseconds while their lengths are exact, as OpenTelemetry's SDK for
 * JavaScript records them (it reads the start from `Date.now`, the length from `performance.now`): short calls that
 * came one after the other seem to overlap. Each is moved, by less than a millisecond, to where the one before it
 * ended, if they would have had time for that within their parent.
 */
import type { SpanNode } from './tree.ts';

/** µs */
const resolution = 1_000;

/** Whether the span's start may have been cut. */
export const hasWholeMilliseconds = ({ span }: SpanNode): boolean =>
  Number(span.startTime) % resolution === 0;

/**
 * Moves them, each with all that is below it; returns how many were moved.
 * @param ordered parents before their children, whose children are in the order of their starts
 */
export function separateWholeMilliseconds(ordered: readonly SpanNode[]): number {
  /** By how much each was moved, by its place. */
  const moves = new Float64Array(ordered.length);
  let moved = 0;
  for (const parent of ordered) {
    const { children } = parent;
    const along = moves[parent.place] ?? 0;
    if (along > 0) for (const child of children) moves[child.place] = move(child, along);
    if (children.length < 2) continue;
    for (const [child, by] of separations(parent)) {
      moves[child.place] = along + move(child, by);
      moved++;
    }
  }
  return moved;
}

function move(node: SpanNode, by: number): number {
  node.start += by;
  node.end += by;
  return by;
}

type Separation = [node: SpanNode, by: number];

function separations({ children, start, end }: SpanNode): Separation[] {
  const all: Separation[] = [];
  let run: Separation[] = [];
  let before: SpanNode | undefined;
  let reached = 0;
  let length = 0;
  const finish = () => {
    // In parallel they may have taken longer, together, than their parent.
    if (length <= end - start) all.push(...run);
    run = [];
  };
  for (const child of children) {
    if (before !== undefined && overlapsByCut(child, before, reached))
      run.push([child, reached - child.start]);
    else {
      finish();
      reached = child.start;
      length = 0;
    }
    before = child;
    reached += child.end - child.start;
    length += child.end - child.start;
  }
  finish();
  return all;
}

function overlapsByCut(child: SpanNode, before: SpanNode, reached: number): boolean {
  const overlap = reached - child.start;
  if (overlap <= 0 || overlap >= resolution) return false;
  const isOneProcess = child.span.processID === before.span.processID;
  return (
    isOneProcess &&
    child.awaited &&
    before.awaited &&
    hasWholeMilliseconds(child) &&
    hasWholeMilliseconds(before)
  );
}
