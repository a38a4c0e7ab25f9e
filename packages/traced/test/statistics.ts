import test from 'ava';
import fc from 'fast-check';
import {
  leastForInterval,
  MedianComparer,
  mean,
  median,
  quantile,
  sorted,
} from '../src/diagnosis/statistics.ts';

const comparer = new MedianComparer();
const values = (least: number) =>
  fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: least, maxLength: 60 });

/** Uniform from 0 to 1, the same in every run: Park and Miller's generator. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test('quantiles are those of R’s type 7', t => {
  // quantile(c(3, 1, 4, 1, 5, 9, 2, 6), c(0, .1, .25, .5, .95, 1))
  const ascending = sorted([3, 1, 4, 1, 5, 9, 2, 6]);
  const quantiles = [0, 0.1, 0.25, 0.5, 0.95, 1].map(p => Math.round(quantile(ascending, p) * 1e9) / 1e9);
  t.deepEqual(quantiles, [1, 1, 1.75, 3.5, 7.95, 9]);
});

test('of one value every quantile is that value, of none 0', t => {
  t.is(quantile(sorted([7]), 0.95), 7);
  t.is(median([]), 0);
  t.is(mean([]), 0);
});

test('numbers are put in order as numbers', t => {
  t.deepEqual([...sorted([10, 9, 100])], [9, 10, 100]);
});

test('the interval holds the difference of the medians', t => {
  fc.assert(
    fc.property(values(leastForInterval), values(leastForInterval), (before, after) => {
      const { by, interval } = comparer.difference(before, after);
      t.true(interval !== undefined && interval.low <= by && by <= interval.high);
    }),
  );
});

test('the other way round, difference and interval are exactly the negative', t => {
  fc.assert(
    fc.property(values(1), values(1), (before, after) => {
      const there = comparer.difference(before, after);
      const back = comparer.difference(after, before);
      t.is(back.by + there.by, 0);
      t.is((back.interval?.low ?? 0) + (there.interval?.high ?? 0), 0);
      t.is((back.interval?.high ?? 0) + (there.interval?.low ?? 0), 0);
    }),
  );
});

test('the same values give the same interval, in any order and with any comparer', t => {
  const random = uniform(3);
  const before = Array.from({ length: 30 }, random);
  const after = Array.from({ length: 31 }, random);
  const again = new MedianComparer().difference(before.toReversed(), after.toReversed());
  t.deepEqual(again, comparer.difference(before, after));
});

test('with fewer than five values on a side there is no interval', t => {
  t.is(comparer.difference([1, 2, 3, 4], [1, 2, 3, 4, 5, 6]).interval, undefined);
  t.is(comparer.difference([1, 2, 3, 4, 5, 6], [1, 2, 3, 4]).interval, undefined);
  t.is(comparer.difference([1], [3]).by, 2);
});

for (const [before, after] of [
  [5, 5],
  [6, 40],
  [50, 50],
  [1_500, 1_200],
] as const) {
  test(`of ${before} and ${after} values the interval holds the true difference in about 95 of 100 cases`, t => {
    const random = uniform(before);
    const exponential = () => -Math.log(random());
    const cases = 400;
    let held = 0;
    for (let i = 0; i < cases; i++) {
      const { interval } = comparer.difference(
        Array.from({ length: before }, exponential),
        Array.from({ length: after }, () => exponential() + 0.5),
      );
      if (interval !== undefined && interval.low <= 0.5 && interval.high >= 0.5) held++;
    }
    t.true(held / cases > 0.92 && held / cases < 0.99, String(held / cases));
  });
}
