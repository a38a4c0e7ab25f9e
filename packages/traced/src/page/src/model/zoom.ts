/** The part of the trace's time that is in view; µs since the tree's start. */
export interface View {
  from: number;
  to: number;
}

/** Nothing is drawn more closely than this, in µs. */
const least = 10;

export const lengthOf = ({ from, to }: View): number => Math.max(1, to - from);

/** Where a moment is in the view, in percent; may lie outside of it. */
export function percentAt(view: View, time: number): number {
  return (100 * (time - view.from)) / lengthOf(view);
}

/** The view within the trace's time. */
export function bounded({ from, to }: View, duration: number): View {
  const length = Math.min(Math.max(to - from, Math.min(least, duration)), Math.max(duration, 1));
  const start = Math.min(Math.max(from, 0), Math.max(duration, 1) - length);
  return { from: start, to: start + length };
}

/** Closer by a factor, or farther for one below 1; what is at the fraction `at` of the view stays there. */
export function zoomed(view: View, factor: number, duration: number, at = 0.5): View {
  const fixed = view.from + at * lengthOf(view);
  const length = lengthOf(view) / factor;
  return bounded({ from: fixed - at * length, to: fixed + (1 - at) * length }, duration);
}

/** Moved by a share of what is in view. */
export function panned(view: View, share: number, duration: number): View {
  const by = share * lengthOf(view);
  return bounded({ from: view.from + by, to: view.to + by }, duration);
}

export const isWhole = (view: View, duration: number): boolean => view.from <= 0 && view.to >= duration;

/** Round moments in the view, about so many. */
export function ticks(view: View, about: number): number[] {
  const rough = lengthOf(view) / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10);
  const first = Math.ceil(view.from / step);
  const moments: number[] = [];
  for (let i = first; i * step <= view.to; i++) moments.push(i * step);
  return moments;
}
