/** Medians, quantiles, and how sure one can be that two medians differ. The same values always give the same answer. */

/** Where the true value is with 95 % confidence. */
export interface Interval {
  low: number;
  high: number;
}

/** After less before. */
export interface Difference {
  by: number;
  /** Undefined where there are too few values to tell. */
  interval: Interval | undefined;
}

/** In ascending order. */
export const sorted = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

/**
 * The quantile of values in ascending order, interpolated: type 7 of Hyndman and Fan, Sample Quantiles in Statistical
 * Packages, The American Statistician 50 (1996), which is R's and NumPy's. 0 for no values.
 * @param p from 0 to 1
 */
export function quantile(ascending: ArrayLike<number>, p: number): number {
  const rank = (ascending.length - 1) * p;
  const below = ascending[Math.floor(rank)] ?? 0;
  const above = ascending[Math.ceil(rank)] ?? 0;
  return below + (above - below) * (rank - Math.floor(rank));
}

export const median = (values: readonly number[]): number => quantile(sorted(values), 0.5);

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of three values, an interval holds the true difference in 90 of 100 cases; of five and more, in 95 (simulated). */
export const leastForInterval = 5;

const resamples = 1_000;

/**
 * Compares medians by the percentile bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13).
 * Which values a resample has in its middle depends only on how many values there are, so that is drawn once for each
 * number, from a seed, and used for all comparisons.
 */
export class MedianComparer {
  readonly #middles = new Map<string, Middles>();

  /** `after` less `before`; exactly the negative of what it is the other way round. */
  difference(before: readonly number[], after: readonly number[]): Difference {
    const [a, b] = [sorted(before), sorted(after)];
    const by = quantile(b, 0.5) - quantile(a, 0.5);
    const enough = Math.min(a.length, b.length) >= leastForInterval;
    return { by, interval: enough ? this.#interval(a, b) : undefined };
  }

  #interval(a: Float64Array, b: Float64Array): Interval {
    // Each set is resampled by both of two independent streams, so that exchanging the sets only changes the sign.
    const differences = new Float64Array(2 * resamples);
    const [a1, a2, b1, b2] = [
      this.#middlesOf(a.length, 1),
      this.#middlesOf(a.length, 2),
      this.#middlesOf(b.length, 1),
      this.#middlesOf(b.length, 2),
    ];
    for (let i = 0; i < resamples; i++) {
      differences[2 * i] = middle(b, b1, i) - middle(a, a2, i);
      differences[2 * i + 1] = middle(b, b2, i) - middle(a, a1, i);
    }
    differences.sort();
    const cut = Math.floor(0.025 * differences.length);
    return { low: differences[cut] ?? 0, high: differences[differences.length - 1 - cut] ?? 0 };
  }

  #middlesOf(count: number, stream: number): Middles {
    const key = `${count} ${stream}`;
    let middles = this.#middles.get(key);
    if (middles === undefined) {
      middles = drawMiddles(count, randomNumbers(count * 2 + stream));
      this.#middles.set(key, middles);
    }
    return middles;
  }
}

/** Of each resample, the ranks of its two middle values, equal for an odd number of values. */
type Middles = Uint32Array;

const middle = (ascending: Float64Array, middles: Middles, i: number): number =>
  ((ascending[middles[2 * i] ?? 0] ?? 0) + (ascending[middles[2 * i + 1] ?? 0] ?? 0)) / 2;

/** From so many values on, the rank of a resample's median is as good as normal: its deviation is √n / 2. */
const many = 1_000;

function drawMiddles(count: number, random: () => number): Middles {
  const middles = new Uint32Array(2 * resamples);
  const drawn = new Uint32Array(count);
  for (let i = 0; i < resamples; i++) {
    if (count > many) {
      const rank = Math.floor(count / 2 + (Math.sqrt(count) / 2) * normal(random));
      middles.fill(Math.min(count - 1, Math.max(0, rank)), 2 * i, 2 * i + 2);
      continue;
    }
    drawn.fill(0);
    for (let n = 0; n < count; n++) {
      const rank = Math.floor(random() * count);
      drawn[rank] = (drawn[rank] ?? 0) + 1;
    }
    middles[2 * i] = rankOf(drawn, (count - 1) >> 1);
    middles[2 * i + 1] = rankOf(drawn, count >> 1);
  }
  return middles;
}

/** Where the value is of which so many drawn ones come before. */
function rankOf(drawn: Uint32Array, before: number): number {
  let rank = 0;
  for (let seen = drawn[0] ?? 0; seen <= before; seen += drawn[rank] ?? 0) rank++;
  return rank;
}

/** Box and Muller, A Note on the Generation of Random Normal Deviates, 1958. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** From 0 to 1, the same for the same seed: Tommy Ettinger's mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
