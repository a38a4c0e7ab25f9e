/** The critical path over the rows of a waterfall: when it is where, in the order of time. */
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { Rows } from './rows.ts';
import { lengthOf, type View } from './zoom.ts';

/** µs since the tree's start. */
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
    if (row !== -1) append(steps, { row, start, end });
  }
  return steps;
}

/** µs of the path for each row that it leads along. */
export function heldByRow(steps: readonly PathStep[]): Map<number, number> {
  const held = new Map<number, number>();
  for (const { row, start, end } of steps) held.set(row, (held.get(row) ?? 0) + end - start);
  return held;
}

/** Less of the view than this is not seen as a step of its own: about two pixels. */
const leastShare = 0.003;

/**
 * The steps in view that can be told apart there. Shorter ones in a row are drawn as steps just long enough, each on
 * the row of the longest of them, so that the line stays a line where there are thousands.
 */
export function visibleSteps(steps: readonly PathStep[], view: View): PathStep[] {
  const least = leastShare * lengthOf(view);
  const visible: PathStep[] = [];
  let short: PathStep[] = [];
  const flush = () => {
    const [first] = short;
    const last = short.at(-1);
    const before = visible.at(-1);
    if (first === undefined || last === undefined) return;
    // Too little to be seen belongs to what came before it.
    if (last.end - first.start < least && before?.end === first.start) before.end = last.end;
    else append(visible, { row: rowOfLongest(short), start: first.start, end: last.end });
    short = [];
  };
  for (const step of steps) {
    if (step.end < view.from || step.start > view.to) continue;
    if (step.end - step.start >= least) {
      flush();
      append(visible, { ...step });
    } else {
      short.push(step);
      if (step.end - (short[0]?.start ?? 0) >= least) flush();
    }
  }
  flush();
  return visible;
}

/** Not the one that holds most in all, which is ever the parent of a row of children. */
function rowOfLongest(steps: readonly PathStep[]): number {
  return steps.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a)).row;
}

function append(steps: PathStep[], step: PathStep): void {
  const before = steps.at(-1);
  if (before?.row === step.row && before.end === step.start) before.end = step.end;
  else steps.push(step);
}
