/** What is drawn of a row: stretches of the view, no more of them than there are pixels. */
import type { Replayed } from '../../../diagnosis/replay.ts';
import type { SpanNode } from '../../../diagnosis/tree.ts';
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
