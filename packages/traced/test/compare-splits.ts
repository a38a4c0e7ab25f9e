import test from 'ava';
import { MedianComparer, median } from '../src/diagnosis/statistics.ts';
import { verdictOf } from '../src/diagnosis/verdict.ts';
import { randomFrom } from './helpers/systems.ts';

const comparer = new MedianComparer();
const sizes = [1, 2, 3, 4, 5, 6, 8, 12, 20, 50, 100, 200];
const splits = 400;

function judge(before: readonly number[], after: readonly number[]): string {
  const medians = { before: median(before), after: median(after) };
  return verdictOf(before, after, comparer.difference(before, after), medians);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [mixed[i], mixed[other]] = [mixed[other] as T, mixed[i] as T];
  }
  return mixed;
}

/** What requests may take, in µs. */
const requests: Record<string, (random: () => number) => number> = {
  'much alike': random => 40_000 + 4_000 * random(),
  'with a long tail': random => 5_000 * Math.exp(2.5 * (random() + random() + random() - 1.5)),
  'with one in fifty cold': random => (random() < 0.02 ? 1_500_000 : 20_000) * (1 + random()),
  'of two kinds, one eight times as long': random => (random() < 0.5 ? 8_000 : 64_000) * (1 + random() / 4),
  'in whole milliseconds': random => 1_000 * Math.round(2 + 2 * random()),
};

for (const [name, took] of Object.entries(requests)) {
  test(`two random parts of one set of requests ${name} are said to differ in at most one of 20 cases, at any size`, t => {
    const random = randomFrom(7);
    const pool = Array.from({ length: 400 }, () => took(random));
    for (const size of sizes) {
      let wrong = 0;
      for (let i = 0; i < splits; i++) {
        const mixed = shuffled(pool, random);
        const verdict = judge(mixed.slice(0, size), mixed.slice(size, 2 * size));
        if (verdict === 'slower' || verdict === 'faster') wrong++;
      }
      t.true(wrong / splits <= 0.05, `${size} on a side: ${wrong} of ${splits}`);
    }
  });
}

test('three times as long is seen from six on a side, and the wrong way round at no size', t => {
  const random = randomFrom(11);
  const slow = () => 120_000 * (1 + random() / 2);
  const quick = () => 40_000 * (1 + random() / 2);
  for (const size of sizes) {
    for (let i = 0; i < 50; i++) {
      const verdict = judge(Array.from({ length: size }, slow), Array.from({ length: size }, quick));
      if (size >= 6) t.is(verdict, 'faster', `${size}`);
      else t.not(verdict, 'slower', `${size}`);
    }
  }
});

test('one trace and one trace are too few to tell, unless the one takes fifty times as long', t => {
  t.is(judge([40_000], [60_000]), 'too-few');
  t.is(judge([40_000], [1_900_000]), 'too-few');
  t.is(judge([40_000], [2_000_000]), 'slower');
  t.is(judge([10_045_000], [44_000]), 'faster');
  t.is(judge([40_000], [41_000]), 'same');
});
