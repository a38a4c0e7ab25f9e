/** What is drawn of a row: stretches of the view, no more of them than there are pixels. */
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { Replayed } from '../../../diagnosis/replay.ts';
import type { SpanNode } from '../../../diagnosis/tree.ts';
import type { Rows } from './rows.ts';
import { percentAt, type View } from './zoom.ts';

/** In percent of the view, cut to it. */
export interface Bar {
  left: number;
  width: number;
}

export type Positions = ReadonlyMap<SpanNode, Replayed>;

/** Stretches nearer to each other than this are drawn as one: percent. */
const leastGap = 0.15;
/** What is cut off ends this far outside, so that its end is not seen. */
const margin = 2;

/** The bars of spans by start, those that would touch drawn as one. */
export function barsOf(nodes: readonly SpanNode[], view: View, positions?: Positions): Bar[] {
  const bars: Bar[] = [];
  const places = nodes.map(node => positions?.get(node) ?? node);
  if (positions !== undefined) places.sort((a, b) => a.start - b.start);
  for (const { start, end } of places) {
    const left = Math.max(-margin, percentAt(view, start));
    const right = Math.min(100 + margin, percentAt(view, end));
    if (right < -1 || left > 101 || right < left) continue;
    const before = bars.at(-1);
    if (before !== undefined && left - (before.left + before.width) < leastGap) {
      before.width = Math.max(before.width, right - before.left);
    } else bars.push({ left, width: right - left });
  }
  return bars;
}

/** The critical path over rows: when it is where, in the order of time. */
export interface PathStep {
  row: number;
  start: number;
  end: number;
}

/** The path's sections on the rows that show them; consecutive ones in the same row are one. */
export function pathSteps(path: readonly PathSection[], rows: Rows): PathStep[] {
  const steps: PathStep[] = [];
  for (const { node, start, end } of path) {
    const row = rows.indexOf(node);
    const before = steps.at(-1);
    if (row === -1) continue;
    if (before?.row === row && before.end === start) before.end = end;
    else steps.push({ row, start, end });
  }
  return steps;
}

/** µs of the path for each row that it leads along. */
export function heldByRow(steps: readonly PathStep[]): Map<number, number> {
  const held = new Map<number, number>();
  for (const { row, start, end } of steps) held.set(row, (held.get(row) ?? 0) + end - start);
  return held;
}
