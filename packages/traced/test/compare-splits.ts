import test from 'ava';
import { compare } from '../src/diagnosis/compare.ts';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
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

test('of two random parts of one set of requests, at most one of 20 paths is said to be slower or faster, at any size but one trace each', t => {
  const random = randomFrom(5);
  const pool = Array.from({ length: 100 }, () => twoQueries(random));
  for (const size of [2, 3, 4, 5, 6, 8, 20, 50]) {
    let wrong = 0;
    for (let i = 0; i < 100; i++) {
      const mixed = shuffled(pool, random);
      const { requests } = compare(mixed.slice(0, size), mixed.slice(size, 2 * size));
      wrong += requests[0]?.paths.filter(({ cause }) => cause === 'slower' || cause === 'faster').length ?? 0;
    }
    t.true(wrong / 300 <= 0.05, `${size} on a side: ${wrong} of 300`);
  }
});

test('a path of which one span of a hundred stands still explains the change, from two traces on a side', t => {
  const random = randomFrom(3);
  for (const size of [2, 5, 6, 20]) {
    const set = (stall: number) => Array.from({ length: size }, () => pieces(random, stall));
    const { conclusion, requests } = compare(set(10_000_000), set(0));
    t.is(requests[0]?.paths.find(({ operation }) => operation === 'work')?.cause, 'faster', `${size}`);
    t.regex(conclusion, /by alpha work \(−10\.0\d s\)/);
  }
});

const took = (random: () => number) => Math.round(2_000 + 6_000 * random());

/** A request that waits for two queries and works as long. */
function twoQueries(random: () => number): JaegerTrace {
  const [first, second, work] = [took(random), took(random), took(random)];
  return traceOf('shop', 'GET /cart', first + second + work, [
    ['find user', 0, first],
    ['find items', first, first + second],
  ]);
}

/** A request of a hundred pieces of work, the last of which takes so much longer. */
function pieces(random: () => number, stall: number): JaegerTrace {
  const spans: [string, number, number][] = [];
  let end = 0;
  for (let i = 0; i < 100; i++) {
    const start = end;
    end += 300 + Math.round(20 * random()) + (i === 99 ? stall : 0);
    spans.push(['work', start, end]);
  }
  return traceOf('alpha', 'GET /alpha', end, spans);
}

/** @param spans below the root: name, start and end in µs */
function traceOf(
  serviceName: string,
  name: string,
  duration: number,
  spans: readonly (readonly [name: string, start: number, end: number])[],
): JaegerTrace {
  const span = (id: string, operationName: string, start: number, end: number) => ({
    traceID: 't',
    spanID: id,
    operationName,
    references: id === 'root' ? [] : [{ refType: 'CHILD_OF' as const, traceID: 't', spanID: 'root' }],
    startTime: 1_700_000_000_000_000 + start,
    duration: end - start,
    tags: [],
    logs: [],
    processID: 'p1',
    warnings: null,
  });
  const all = [span('root', name, 0, duration), ...spans.map((of, i) => span(`s${i}`, ...of))];
  return { traceID: 't', spans: all, processes: { p1: { serviceName, tags: [] } }, warnings: null };
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
