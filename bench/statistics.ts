/** What is said of a few measured values: where their middle is, how they spread, how sure a ratio is. */

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

/** Between 0 and 1, interpolated between the two nearest values (R's type 7). @returns NaN for no values */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(ascending(values), q);
}

/** The same of values that are in ascending order already. */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface Summary {
  count: number;
  median: number;
  lowerQuartile: number;
  upperQuartile: number;
}

export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    median: median(values),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
  };
}

export interface Interval {
  low: number;
  high: number;
  /** How likely the interval holds what it is for, from 0 to 1. */
  confidence: number;
}

/** The chance that a coin thrown `throws` times shows heads at most `heads` times. */
function atMostHeads(throws: number, heads: number): number {
  let term = 0.5 ** throws;
  let sum = 0;
  for (let k = 0; k <= heads; k++) {
    sum += term;
    term *= (throws - k) / (k + 1);
  }
  return sum;
}

/**
 * Where the median lies of what the values were drawn from, whatever its distribution: between two of the values, by
 * the sign test (Conover, Practical Nonparametric Statistics, 3.2). Fewer than six values cannot be 95 % sure; the
 * interval then spans all of them, and says how sure that is.
 */
export function medianInterval(values: readonly number[], wanted = 0.95): Interval {
  const sorted = ascending(values);
  const confidenceAt = (skipped: number) => 1 - 2 * atMostHeads(sorted.length, skipped);
  let skipped = 0;
  while (skipped + 1 < sorted.length / 2 && confidenceAt(skipped + 1) >= wanted) skipped++;
  return {
    low: sorted[skipped] ?? Number.NaN,
    high: sorted.at(-1 - skipped) ?? Number.NaN,
    confidence: Math.max(0, confidenceAt(skipped)),
  };
}

export interface Ratio extends Interval {
  median: number;
}

/**
 * Compares pairs that were measured one right after the other, so that what slows the machine slows both.
 * @returns the median of the pairs' ratios with its interval, or undefined where there is no pair
 */
export function pairedRatio(values: readonly number[], bases: readonly number[]): Ratio | undefined {
  const ratios = values.flatMap((value, at) => {
    const base = bases[at];
    return base === undefined ? [] : [value / base];
  });
  return ratios.length === 0 ? undefined : { median: median(ratios), ...medianInterval(ratios) };
}
