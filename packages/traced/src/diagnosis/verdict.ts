/** Whether a kind of request became slower or faster between two sets of traces, or whether they are too few to tell. */
import { leastProbability, rankTest } from './rank-test.ts';
import { type Difference, leastForInterval } from './statistics.ts';
import { thresholds } from './thresholds.ts';

export const verdicts = ['slower', 'faster', 'same', 'too-few'] as const;

export type Verdict = (typeof verdicts)[number];

const limits = thresholds.compare;

/**
 * @param before what the requests took in each trace, µs
 * @param change of their medians
 */
export function verdictOf(
  before: readonly number[],
  after: readonly number[],
  { by, interval }: Difference,
  medians: { before: number; after: number },
): Verdict {
  const larger = Math.max(medians.before, medians.after);
  const changed = by > 0 ? 'slower' : 'faster';
  const fewest = Math.min(before.length, after.length);
  if (Math.abs(by) <= (fewest < leastForInterval ? limits.ofFew : limits.ofSets) * larger) return 'same';
  if (interval !== undefined && interval.low <= 0 && interval.high >= 0) return 'same';
  if (leastProbability(before.length, after.length) <= limits.level) {
    if (rankTest(before, after) <= limits.level) return changed;
    return fewest < leastForInterval ? 'too-few' : 'same';
  }
  const factor = fewest === 1 ? limits.factorOfOne : limits.factorOfFew;
  return isApart(before, after, factor) ? changed : 'too-few';
}

/** Whether all values of one set are so many times those of the other. */
function isApart(before: readonly number[], after: readonly number[], factor: number): boolean {
  const [least, most] = [Math.min(...after), Math.max(...after)];
  return least >= factor * Math.max(...before) || Math.min(...before) >= factor * most;
}
