/**
 * Whether one set of values tends to be larger than another: the two-sided test of Mann and Whitney (On a Test of
 * Whether one of Two Random Variables is Stochastically Larger than the Other, Annals of Mathematical Statistics 18,
 * 1947). It asks nothing of how the values are distributed, so of two random parts of one set it says that they differ
 * no more often than its level says.
 */
import { sorted } from './statistics.ts';

/** Up to so many pairs the distribution is counted exactly; above, it is as good as normal. */
const mostPairs = 400;

/** The probability that sets which are alike differ by as much; 1 where one is empty. */
export function rankTest(a: readonly number[], b: readonly number[]): number {
  const pairs = a.length * b.length;
  if (pairs === 0) return 1;
  const { wins, ties } = compared(sorted(a), sorted(b));
  // The smaller of both sums; half of a tie counts for either.
  const u = Math.min(wins + ties / 2, pairs - wins - ties / 2);
  if (pairs <= mostPairs && ties === 0) return Math.min(1, 2 * exactly(a.length, b.length, u));
  return normally(a, b, u);
}

/** The least that the test can give for so many values, all of one set above all of the other. */
export function leastProbability(a: number, b: number): number {
  let ways = 1;
  const few = Math.min(a, b);
  for (let i = 1; i <= few; i++) ways = (ways * (a + b - few + i)) / i;
  return Math.min(1, 2 / ways);
}

/** In how many pairs the value of `b` is the larger, and in how many both are equal. */
function compared(a: Float64Array, b: Float64Array): { wins: number; ties: number } {
  let wins = 0;
  let ties = 0;
  let below = 0;
  let upTo = 0;
  for (const value of b) {
    while (below < a.length && (a[below] as number) < value) below++;
    while (upTo < a.length && (a[upTo] as number) <= value) upTo++;
    wins += below;
    ties += upTo - below;
  }
  return { wins, ties };
}

/** The share of all orders in which the sum is no larger, by Mann and Whitney's recurrence. */
function exactly(n: number, m: number, u: number): number {
  // Of the orders of i and j values, how many have each sum: those that end in the one, and those in the other.
  let rows = Array.from({ length: m + 1 }, () => [1]);
  for (let i = 1; i <= n; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j++) {
      const counts = new Array<number>(i * j + 1).fill(0);
      (rows[j] as number[]).forEach((count, sum) => {
        counts[sum + j] = (counts[sum + j] as number) + count;
      });
      (next[j - 1] as number[]).forEach((count, sum) => {
        counts[sum] = (counts[sum] as number) + count;
      });
      next.push(counts);
    }
    rows = next;
  }
  const counts = rows[m] as number[];
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.slice(0, Math.floor(u) + 1).reduce((sum, count) => sum + count, 0) / all;
}

function normally(a: readonly number[], b: readonly number[], u: number): number {
  const [n, m] = [a.length, b.length];
  const all = sorted([...a, ...b]);
  let tied = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to] === all[from]) to++;
    tied += (to - from) ** 3 - (to - from);
    from = to;
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - tied / (total * (total - 1)));
  if (variance <= 0) return 1;
  const deviation = Math.max(0, (n * m) / 2 - u - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(deviation));
}

/** Of the normal distribution: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17; to 7.5e-8. */
function upperTail(x: number): number {
  const t = 1 / (1 + 0.2316419 * x);
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
