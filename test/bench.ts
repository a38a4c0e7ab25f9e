import test from 'ava';
import fc from 'fast-check';
import { chooseCores, parseCoreList } from '../bench/cores.ts';
import { Failures, type Figure } from '../bench/figures.ts';
import type { Machine } from '../bench/machine.ts';
import { readOptions, UsageError } from '../bench/options.ts';
import { asJson, asText, misses, number, type Results } from '../bench/report.ts';
import { inTurns } from '../bench/rounds.ts';
import { partOf, troubles, wholeTraces } from '../bench/soak/part.ts';
import { overTime } from '../bench/soak/samples.ts';
import { medianInterval, pairedRatio, quantile, summarize } from '../bench/statistics.ts';
import { outcomes } from '../bench/targets.ts';

const values = fc.array(fc.double({ min: 0.1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });

test('a quantile lies between the two values nearest to it', t => {
  t.is(quantile([3, 1, 2], 0.5), 2);
  t.is(quantile([4, 1, 2, 3], 0.5), 2.5);
  t.is(quantile([1, 2, 3, 4, 5], 0.25), 2);
  t.is(quantile([10, 20], 0.99), 19.9);
  t.is(quantile([], 0.5), Number.NaN);
  t.deepEqual(summarize([5, 1, 3]), { count: 3, median: 3, lowerQuartile: 2, upperQuartile: 4 });
});

test('the median’s interval is that of the sign test’s tables', t => {
  const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
  const rounded = (n: number) => {
    const { low, high, confidence } = medianInterval(upTo(n));
    return [low, high, Math.round(confidence * 1e4) / 1e4];
  };
  t.deepEqual(rounded(6), [1, 6, 0.9688]);
  t.deepEqual(rounded(10), [2, 9, 0.9785]);
  t.deepEqual(rounded(21), [6, 16, 0.9734]);
});

test('too few values have an interval over all of them, which says how sure it is', t => {
  t.deepEqual(medianInterval([2, 1, 3]), { low: 1, high: 3, confidence: 0.75 });
  t.deepEqual(medianInterval([7]), { low: 7, high: 7, confidence: 0 });
});

test('the median’s interval holds the median, whatever the values', t => {
  fc.assert(
    fc.property(values, list => {
      const { low, high } = medianInterval(list);
      return low <= quantile(list, 0.5) && quantile(list, 0.5) <= high;
    }),
  );
  t.pass();
});

test('a ratio is that of the pairs, so that what slows both changes nothing', t => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.1, max: 10, noNaN: true }), (bases, factor) => {
      const ratio = pairedRatio(
        bases.map(base => base * factor),
        bases,
      );
      return Math.abs((ratio?.median ?? 0) / factor - 1) < 1e-9;
    }),
  );
  t.is(pairedRatio([], [1]), undefined);
  t.is(pairedRatio([1, 9], [2])?.median, 0.5);
});

test('cores are read as Linux lists them, and each part gets its own as far as they go', t => {
  t.deepEqual(parseCoreList('0-2,7'), [0, 1, 2, 7]);
  t.like(chooseCores([2, 3, 5, 6]), { server: 2, load: 3, collector: 5 });
  t.like(chooseCores([0, 1]), { server: 0, load: 1, collector: 1 });
  t.like(chooseCores([0]), { server: undefined, load: undefined });
});

test('variants are measured in turns, each round beginning with another, and warm-ups are forgotten', async t => {
  const order: string[] = [];
  const measure = async (name: string) => order.push(name);
  const rounds = await inTurns(['a', 'b', 'c'], 2, measure, 1);
  t.is(order.join(''), 'abcbcacab');
  t.deepEqual(rounds, { a: [6, 8], b: [4, 9], c: [5, 7] });
});

test('the options name figures that there are', t => {
  t.deepEqual(readOptions(['--quick', 'p99']), { figures: ['p99'], quick: true, json: false });
  t.is(readOptions(['-h']), 'help');
  t.throws(() => readOptions(['p98']), { instanceOf: UsageError, message: 'there is no figure "p98"' });
  t.throws(() => readOptions(['--fast']), { instanceOf: UsageError });
});

const machine: Machine = {
  cpu: 'A processor',
  cores: 2,
  memoryGb: 8,
  system: 'linux x64 6.1',
  node: 'v24.0.0',
  pinning: 'server on 0',
  loadBefore: 0.1,
  date: '2026-11-01',
};

const coldStart = (ours: number): Figure => ({
  title: 'cold start',
  unit: 'ms',
  rounds: { plain: [40, 42], framework: [200, 100], otlp: [200 * ours, 100 * ours] },
  notes: ['how it was done'],
});

const results = (coldStartRatio: number): Results => ({
  machine,
  quick: false,
  figures: {
    'cold-start': coldStart(coldStartRatio),
    image: { title: 'image', skipped: 'no Docker here' },
  },
});

test('a target is reached, its goal too, or missed', t => {
  for (const [ratio, verdict] of [
    [0.48, 'missed'],
    [0.47, 'reached'],
    [0.4, 'goal'],
  ] as const) {
    const [outcome, ...others] = outcomes(results(ratio).figures);
    t.like(outcome, { figure: 'cold-start', of: 'otlp', verdict });
    t.deepEqual(others, []);
  }
  t.deepEqual(misses(results(0.48)), ['cold start of a bundle, to B']);
  t.deepEqual(misses(results(0.47)), []);
});

test('of a rate more is better, and requests that failed make the run a failure', t => {
  const failures = new Failures();
  failures.add('ours', 0);
  failures.add('ours', 3);
  const throughput = { title: 'rate', unit: '1/s' as const, notes: [], failures };
  const rounds = { framework: [100], untraced: [200], otlp: [95] };
  const all: Results = { machine, quick: false, figures: { throughput: { ...throughput, rounds } } };
  t.deepEqual(
    outcomes(all.figures).map(({ measured, verdict }) => [measured, verdict]),
    [
      [0.95, 'missed'],
      [0.475, 'missed'],
    ],
    'to B, and to ours without tracing',
  );
  t.deepEqual(misses(all), [
    'requests/s, GET, to B',
    'tracing: requests/s to untraced',
    'ours: 3 requests failed',
  ]);
  t.regex(asText(all), /^! ours: 3 requests failed$/m);
});

test('the table says what was measured, how sure it is, what was not and why', t => {
  t.is(
    asText(results(0.42)),
    `A processor, 2 cores, 8 GB, linux x64 6.1, Node v24.0.0, 2026-11-01
server on 0; load average before: 0.10

cold start                            n    ms    quartiles  to B     interval  sure
A  node:http, untraced                2  41.0  40.5 – 41.5  0.31  0.20 – 0.42  50 %
B  Functions Framework CLI, untraced  2   150    125 – 175
ours, traced, OTLP                    2  63.0  52.5 – 73.5  0.42  0.42 – 0.42  50 %
  how it was done

image: skipped, no Docker here

target                        measured  must  goal  verdict
cold start of a bundle, to B      0.42  0.47  0.40  reached
`,
  );
  const parsed = JSON.parse(asJson(results(0.5)));
  t.deepEqual(parsed.figures['cold-start'].rounds[2].values, [100, 50]);
  t.like(parsed.targets[0], { measured: 0.5, verdict: 'missed' });
});

test('numbers have as many digits as say something', t => {
  t.deepEqual([1234.5, 123.4, 12.34, 1.234, 0, -3].map(number), [
    '1,235',
    '123',
    '12.3',
    '1.23',
    '0.00',
    '-3.00',
  ]);
});

test('traces are whole that have as many spans as most', t => {
  t.is(wholeTraces({ 1: 4, 3: 90, 5: 6 }), 96);
  t.is(wholeTraces({}), 0);
});

test('memory grows where the last quarter of a run is above the second', t => {
  const rising = Array.from({ length: 100 }, (_, at) => at);
  t.like(overTime(rising), { quarters: [12, 37, 62, 87], peak: 99, growth: 50 });
  t.is(overTime([90, 80, 50, 50, 50, 50, 50, 50]).growth, 0);
  // What is collected in between is no growth.
  t.is(overTime([50, 50, 51, 60, 51, 60, 51, 70, 70, 70, 52, 70].flatMap(each => [each, each])).growth, 1);
});

test('a soak says what failed, what was lost and what grew', t => {
  const load = { sent: 100, answered: 98, failed: 2, latencies: new Float64Array([1, 2, 3]), lagMs: 0 };
  const steady = overTime([50, 50, 50, 50]);
  const growing = overTime([50, 50, 90, 90]);
  const part = partOf('/', 10, load, { complete: 97, memory: { root: steady, gateway: growing } });
  t.like(part, { minutes: 10 / 60, p50Ms: 2 });
  t.deepEqual(troubles(part), [
    '/: 2 requests failed',
    '/: 1 traces were lost or not whole',
    '/: gateway grew by 40.0 MB',
  ]);
  const well = { ...part, failed: 0, complete: undefined, memory: { root: steady } };
  t.deepEqual(troubles(well), []);
});
