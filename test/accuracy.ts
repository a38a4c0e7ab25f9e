import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { missesOfNaming, naming } from '../accuracy/naming.ts';
import { readOptions, UsageError } from '../accuracy/options.ts';
import { median, missesOfPrediction } from '../accuracy/prediction.ts';
import { asText } from '../accuracy/report.ts';
import type { Diagnosis } from '../packages/traced/src/diagnosis/diagnose.ts';
import type { FindingKind } from '../packages/traced/src/diagnosis/findings.ts';

const main = fileURLToPath(new URL('../accuracy/main.ts', import.meta.url));

interface Said {
  kind: FindingKind;
  at: string;
  piece?: number;
}

/** A diagnosis that says this. */
function saying(...said: Said[]): Diagnosis {
  const findings = said.map(({ kind, at, piece }) => {
    const [service = '', ...operation] = at.split(' ');
    const tags = [{ key: 'alpha.piece', type: 'int64', value: piece ?? 0 }];
    return { kind, service, operation: operation.join(' '), spans: [{ span: { tags } }] };
  });
  return { findings } as unknown as Diagnosis;
}

const stall: Said = { kind: 'stall', at: 'alpha-fn work', piece: 100 };
const uncached: Said = { kind: 'no-reuse', at: 'beta-fn GET' };

test('a fault counts as named at its span only', t => {
  const elsewhere: Said = { ...stall, piece: 7 };
  const result = naming('alpha-stall', 'alpha', [saying(stall), saying(elsewhere), saying()]);
  t.is(result.faults[0]?.named, 1);
  t.is(result.recall, 1 / 3);
  t.is(result.precision, 1 / 2);
  t.deepEqual(missesOfNaming(result), [
    'alpha-stall on alpha: named in 1 of 3 traces',
    'alpha-stall on alpha: stall alpha-fn work was found in error, 1 times',
  ]);
});

test('a fault alone must be named first, among others anywhere', t => {
  const alone = naming('alpha-stall', 'all', [saying(uncached, stall)]);
  t.true(missesOfNaming(alone).includes('alpha-stall on all: first in 0 of 1 traces'));
  const together = naming('all', 'alpha', [saying(uncached, stall)]);
  t.deepEqual(missesOfNaming(together), ['all on alpha: no-reuse beta-fn GET was found in error, 1 times']);
});

test('of version 2 nothing may be said', t => {
  const result = naming('none', 'beta', [saying(), saying(uncached)]);
  t.is(result.recall, undefined);
  t.is(result.precision, 0);
  t.deepEqual(missesOfNaming(result), ['none on beta: no-reuse beta-fn GET was found in error, 1 times']);
  t.deepEqual(missesOfNaming(naming('none', 'beta', [saying()])), []);
});

test('what belongs to a fault is neither demanded nor held against it', t => {
  const connect: Said = { kind: 'no-reuse', at: 'redis-fn redis connect' };
  const sets: Said = { kind: 'one-by-one', at: 'redis-fn set' };
  const result = naming('redis-one-by-one', 'redis', [saying(sets, connect), saying(sets)]);
  t.is(result.precision, 1);
  t.deepEqual(missesOfNaming(result), []);
});

test('a fault that costs nobody anything need not be named', t => {
  t.deepEqual(missesOfNaming(naming('redis-one-by-one', 'all', [saying()])), []);
});

test('a prediction may be 15 % off', t => {
  const at = (ratio: number) =>
    missesOfPrediction({
      set: 'all',
      route: 'all',
      traces: 1,
      before: 9,
      predicted: ratio,
      measured: 1,
      ratio,
      savingRatio: 1,
    });
  t.deepEqual(at(1.15), []);
  t.deepEqual(at(0.86), []);
  t.deepEqual(at(1.2), ['all on all: what mending saves was 20 % over']);
  t.deepEqual(at(0.5), ['all on all: what mending saves was 50 % under']);
});

test('the median is the middle, or between the two in the middle', t => {
  t.is(median([9, 1, 5]), 5);
  t.is(median([1, 2, 4, 9]), 3);
  t.is(median([]), Number.NaN);
});

test('the tables say in words and numbers what was found', t => {
  const text = asText({
    naming: [naming('alpha-stall', 'alpha', [saying(stall, uncached)])],
    predictions: [
      {
        set: 'alpha-stall',
        route: 'alpha',
        traces: 1,
        before: 9_999,
        predicted: 990,
        measured: 1_000,
        ratio: 0.99,
        savingRatio: 1.01,
      },
    ],
  });
  t.regex(text, /^alpha-stall +alpha +1 +1 +1 +100 % +50 % +stall alpha-fn work ×1$/m);
  t.regex(text, /^ +\? no-reuse beta-fn GET ×1$/m);
  t.regex(text, /^alpha-stall +alpha +1 +10\.0 ms +1\.0 ms +1\.0 ms +0\.99 +1\.01$/m);
});

test('sets can be chosen by name', t => {
  t.like(readOptions(['--quick', '--keep', 'there', 'none']), { sets: ['none'], quick: true, keep: 'there' });
  t.throws(() => readOptions(['nix']), { instanceOf: UsageError, message: 'there is no set "nix"' });
  t.throws(() => readOptions(['--nix']), { instanceOf: UsageError });
});

test('a real run names the fault in every trace', async t => {
  t.timeout(180_000);
  const running = promisify(execFile)(process.execPath, [main, '--quick', '--json', 'beta-uncached']);
  // Its time depends on what else this machine does, and with it whether the exit status is 0.
  const { stdout } = await running.catch((failed: { stdout: string }) => failed);
  const { naming: named, predictions } = JSON.parse(stdout);
  t.like(named, [
    { set: 'beta-uncached', route: 'beta', traces: 10, recall: 1, precision: 1 },
    { set: 'beta-uncached', route: 'all', traces: 3 },
  ]);
  t.is(predictions.length, 2);
});
