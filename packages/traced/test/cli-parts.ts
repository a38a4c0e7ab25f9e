// Parts of the command by themselves: what takes time or many traces to see from outside.
import { PassThrough } from 'node:stream';
import test from 'ava';
import { Arrivals } from '../src/cli/arrivals.ts';
import { Progress } from '../src/cli/terminal.ts';
import { parseTime } from '../src/cli/units.ts';
import { watchLine } from '../src/cli/watch-line.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { columnsOf } from '../src/diagnosis/terminal-text.ts';
import { idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';

const idsOf = (traces: readonly { traceID: string }[]) => traces.map(({ traceID }) => traceID);
const pieceOf = (n: number, spans: number) => {
  const trace = withId(oneByOne(), idOf(n));
  return { ...trace, spans: trace.spans.slice(-spans) };
};

test('a trace has arrived when it is whole and has been quiet', t => {
  const arrivals = new Arrivals(4_000);
  const whole = withId(oneByOne(), idOf(1));
  t.deepEqual(arrivals.take([whole], 0), []);
  t.deepEqual(arrivals.take([whole], 3_999), []);
  t.deepEqual(idsOf(arrivals.take([whole], 4_000)), [idOf(1)]);
  t.deepEqual(arrivals.take([whole], 9_000), []);
});

test('each new piece begins the quiet anew; what never becomes whole is taken after 15 s', t => {
  const arrivals = new Arrivals(4_000);
  t.deepEqual(arrivals.take([pieceOf(1, 2), pieceOf(2, 2)], 0), []);
  t.deepEqual(arrivals.take([pieceOf(1, 7), pieceOf(2, 3)], 3_000), []);
  t.deepEqual(arrivals.take([pieceOf(1, 7)], 6_000), []);
  t.deepEqual(idsOf(arrivals.take([], 7_000)), [idOf(1)], 'also when Jaeger no longer lists it');
  t.deepEqual(arrivals.take([], 14_999), []);
  const [broken] = arrivals.take([], 15_000);
  t.is(broken?.traceID, idOf(2));
  t.is(broken?.spans.length, 3);
});

test('what was whole at the beginning is not new, what was not is', t => {
  const arrivals = new Arrivals(0);
  arrivals.begin([withId(oneByOne(), idOf(1)), pieceOf(2, 3)], 0);
  t.deepEqual(idsOf(arrivals.take([withId(oneByOne(), idOf(1)), pieceOf(2, 7)], 1)), [idOf(2)]);
});

test('of ten thousand traces the first is forgotten, and no more is kept', t => {
  const arrivals = new Arrivals(0);
  const tiny = (n: number) => withId(oneCommand(), idOf(n));
  arrivals.begin([tiny(0)], 0);
  for (let n = 1; n < 10_000; n++) arrivals.take([tiny(n)], 0);
  t.false(arrivals.areAllNew([tiny(0)]));
  arrivals.take([tiny(10_000)], 0);
  t.true(arrivals.areAllNew([tiny(0)]));
  t.false(arrivals.areAllNew([tiny(1)]));
});

test('a new trace fits the terminal’s width, its id whole', t => {
  const slow = diagnose(withId(oneByOne(), idOf(1)));
  for (const columns of [200, 120, 100, 80, 60]) {
    const line = watchLine(slow, columns);
    t.true(columnsOf(line) <= Math.max(columns, 61), line);
    t.true(line.endsWith(idOf(1)));
    t.regex(line, columns > 60 ? /one-by-one/ : /one-/);
  }
  t.regex(watchLine(slow, 120), /shop-fn GET \/cart: one-by-one: 6 get commands sequentially/);
});

test('work is told of on a terminal once it takes a second, and then wiped away', t => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
  let now = 0;
  const progress = new Progress(terminal, () => now);
  const written = () => String(terminal.read() ?? '');
  now = 999;
  progress.step('reading');
  progress.clear();
  t.is(written(), '');
  now = 1_000;
  progress.step('reading \x1b[2J from a long name');
  t.is(written(), '\r\x1b[Kreading \\x1b[2J fro');
  progress.clear();
  progress.clear();
  t.is(written(), '\r\x1b[K');
  const impatient = new Progress(terminal, () => 0);
  impatient.step('parsing', true);
  t.is(written(), '\r\x1b[Kparsing');
  const file = Object.assign(new PassThrough(), { isTTY: false, columns: 80 });
  new Progress(file, () => 1e6).step('reading', true);
  t.is(file.read(), null);
});

test('times are written with units', t => {
  for (const [text, expected] of [
    ['250ms', 250_000],
    ['1.5s', 1_500_000],
    ['1h30m', 5_400e6],
    ['2d', 172_800e6],
    ['7us', 7],
  ] as const) {
    t.is(parseTime(text), expected);
  }
  for (const wrong of ['', '5', '5 parsecs', 's', '-5s', '1e3s', 'x1s', '1s5'])
    t.throws(() => parseTime(wrong), undefined, wrong);
});
