import type { PathStep } from '../model/path-steps.ts';
import { percentAt, type View } from '../model/zoom.ts';

interface Properties {
  steps: readonly PathStep[];
  /** The rows about the window. */
  first: number;
  last: number;
  sizes: { row: number; bar: number };
  view: View;
}

/** The critical path as one line through the bars: along what holds the clock, and across to what holds it next. */
export function PathOverlay({ steps, first, last, sizes, view }: Properties) {
  if (last < first) return null;
  const height = (last - first + 1) * sizes.row;
  const { along, across } = lines(steps, first, last, sizes, view);
  return (
    <svg
      class="path"
      viewBox={`0 0 1000 ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ transform: `translateY(${first * sizes.row}px)`, height: `${height}px` }}
    >
      <path class="path-across" d={across} />
      <path class="path-casing" d={along} />
      <path class="path-along" d={along} />
    </svg>
  );
}

function lines(
  steps: readonly PathStep[],
  first: number,
  last: number,
  { row, bar }: { row: number; bar: number },
  view: View,
): { along: string; across: string } {
  const x = (time: number) => Math.max(-20, Math.min(1020, 10 * percentAt(view, time))).toFixed(1);
  const y = (index: number) => (Math.max(first - 1, Math.min(last + 1, index)) - first) * row + bar;
  const along: string[] = [];
  const across = new Set<string>();
  steps.forEach((step, i) => {
    const isInView = step.end >= view.from && step.start <= view.to;
    if (isInView && step.row >= first && step.row <= last) {
      along.push(`M${x(step.start)} ${y(step.row)}H${x(step.end)}`);
    }
    const next = steps[i + 1];
    if (next === undefined || step.end < view.from || step.end > view.to) return;
    if (Math.max(step.row, next.row) < first || Math.min(step.row, next.row) > last) return;
    const [above, below] = [Math.min(step.row, next.row), Math.max(step.row, next.row)];
    across.add(`M${x(step.end)} ${y(above)}V${y(below)}`);
  });
  return { along: along.join(''), across: [...across].join('') };
}
