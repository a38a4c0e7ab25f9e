import test from 'ava';
import fc from 'fast-check';
import { formatDuration } from '../src/diagnosis/duration.ts';
import type { JaegerSpan, JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { columnsOf } from '../src/diagnosis/terminal-text.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { renderTree, renderWaterfall } from '../src/diagnosis/waterfall.ts';
import { timeline } from './helpers/timeline.ts';

type SpanSketch = Partial<Pick<JaegerSpan, 'tags' | 'processID' | 'traceID'>> & {
  id: string;
  parent?: string;
  name?: string;
  /** Milliseconds. */
  from: number;
  to: number;
};

const second = 1_700_000_000_000_000;

function span({ id, parent, name = id, from, to, ...rest }: SpanSketch): JaegerSpan {
  return {
    traceID: 't',
    spanID: id,
    operationName: name,
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
    startTime: second + from * 1_000,
    duration: (to - from) * 1_000,
    tags: [],
    logs: [],
    processID: 'p1',
    warnings: null,
    ...rest,
  };
}

function trace(...spans: SpanSketch[]): JaegerTrace {
  const processes = {
    p1: { serviceName: 'gateway-fn', tags: [] },
    p2: { serviceName: 'alpha-fn', tags: [] },
  };
  return { traceID: 't', spans: spans.map(span), processes, warnings: null };
}

const legend = '█ on the critical path, ░ not';
/** The heading and the spans, without the legend below them. */
const lines = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .filter(line => line !== legend);
const bars = (text: string): string[] =>
  lines(text)
    .slice(1)
    .map(line => line.slice(60));

// root   |--------------------|   0..100
//   a    |-----|                  0..25
//   b              |-----|        50..75
//     c               |-|         65..75
const plain = trace(
  { id: 'c', parent: 'b', processID: 'p2', from: 65, to: 75 },
  { id: 'b', parent: 'root', processID: 'p2', from: 50, to: 75 },
  { id: 'root', from: 0, to: 100 },
  { id: 'a', parent: 'root', from: 0, to: 25 },
);

test('a child stands under its parent, indented by its depth, siblings by their start', t => {
  t.deepEqual(lines(renderWaterfall(plain)), [
    'trace t · 4 spans · 2 services · 100 ms',
    'gateway-fn root                                  0   100 ms ░░░░░█████░░░░░█████',
    'gateway-fn  a                                    0  25.0 ms █████',
    'alpha-fn    b                              50.0 ms  25.0 ms           ███░░',
    'alpha-fn     c                             65.0 ms  10.0 ms              ██',
  ]);
});

// root  |--------------------|
//   work ||||||||||             100 pieces of 1 ms
const hundred = Array.from({ length: 100 }, (_, n) => ({
  id: `w${n}`,
  parent: 'root',
  name: `work ${n + 1}`,
  from: n,
  to: n + 1,
}));

test('many siblings alike share a line that says how many they are', t => {
  const text = renderWaterfall(trace({ id: 'root', from: 0, to: 100 }, ...hundred));
  t.is(lines(text).length, 3);
  t.regex(text, /^gateway-fn {2}work # ×100 +0 +100 ms █{20}$/m);
});

// root  |------------------------------------------|
//   work ||||||||||                                    99 pieces of 1 ms
//   work           |-------------------------------|   one of 10 s
test('the one piece that takes far longer than its siblings keeps a line of its own', t => {
  const stalled = { id: 'w99', parent: 'root', name: 'work 100', from: 99, to: 10_099 };
  const text = renderWaterfall(trace({ id: 'root', from: 0, to: 10_099 }, ...hundred.slice(0, 99), stalled));
  t.regex(text, /work # ×99 /);
  t.regex(text, /work 100 +99\.0 ms +10\.00 s/);
});

test('a failed span is marked and not folded into those that went well', t => {
  const failed = { key: 'error', type: 'bool', value: true } as const;
  const pieces = hundred.map((piece, n) => (n === 7 ? { ...piece, tags: [failed] } : piece));
  const text = renderWaterfall(trace({ id: 'root', from: 0, to: 100 }, ...pieces));
  t.regex(text, /work # ×99 /);
  t.regex(text, /^gateway-fn {2}! work 8 /m);
});

test('the children of folded spans are folded too', t => {
  const calls = Array.from({ length: 5 }, (_, n) => [
    { id: `get${n}`, parent: 'root', name: 'GET', from: n, to: n + 1 },
    { id: `dns${n}`, parent: `get${n}`, name: 'dns', from: n, to: n + 1 },
  ]).flat();
  const text = renderWaterfall(trace({ id: 'root', from: 0, to: 5 }, ...calls));
  t.regex(text, / {2}GET ×5 [^\n]*\n[^\n]* {3}dns ×5 /);
  t.is(lines(text).length, 4);
});

// root  |----------|
//   GET |--|            each calls another function
//   GET   |--|
test('siblings of one name whose children differ are not folded', t => {
  const calls = Array.from({ length: 6 }, (_, n) => [
    { id: `get${n}`, parent: 'root', name: 'GET', from: n, to: n + 1 },
    { id: `server${n}`, parent: `get${n}`, name: `GET /${'abcdef'[n]}`, from: n, to: n + 1 },
  ]).flat();
  t.is(lines(renderWaterfall(trace({ id: 'root', from: 0, to: 5 }, ...calls))).length, 14);
});

test('colour is used only when asked for', t => {
  const failed = trace({ id: 'x', from: 0, to: 1, tags: [{ key: 'error', type: 'bool', value: true }] });
  t.false(renderWaterfall(failed).includes('\x1b'));
  t.true(renderWaterfall(failed, { color: true }).includes('\x1b[31m'));
});

test('a bar is full where the span holds the clock for most of the column', t => {
  const text = renderWaterfall(
    timeline(`
      gateway all       |-------------------|
        gateway first    |---------|
        gateway second        |-------------|
        gateway brief                       |
    `),
  );
  t.deepEqual(text.split('\n').slice(1), [
    'gateway all                                      0  20.0 ms ██████░░░░░░░░░░░░░░',
    'gateway  first                              1.0 ms  10.0 ms  ░░░░░░░░░░',
    'gateway  second                             6.0 ms  14.0 ms       ██████████████',
    'gateway  brief                             20.0 ms        0                    ▏',
    legend,
    '',
  ]);
});

test('what is shorter than half a column says by its stroke whether it held the clock', t => {
  const text = renderWaterfall(
    timeline(`
      gateway all       |--------------------------------------------------------|
        gateway held     ||
        gateway beside     |------------------------|
        gateway free        ||
    `),
  );
  t.deepEqual(bars(text).slice(1), ['▌', ' █████████', ' ▏']);
});

test('the bar of spans that share a line is full where any of them held the clock', t => {
  const text = renderWaterfall(
    timeline(`
      gateway all       |------------------------|
        gateway set     |-|-|-|-|-|
        gateway set                    |-|-|-|-|-|
    `),
  );
  t.regex(text, /set ×10 +0 +25.0 ms █{8}░{4}█{8}\n/);
});

test('marks stand in the margin, and only spans that are marked alike share a line', t => {
  const tree = buildTree(
    timeline(`
      gateway all       |--------------------|
        gateway set     |-|-|-|-|-|-|-|-|-|-|
        gateway slow                         |
    `),
  );
  const marks = new Map(tree.nodes.map((node, n) => [node, n === 0 ? '12' : n < 6 ? '3' : '']));
  const left = renderTree(tree, { marks })
    .split('\n')
    .slice(1, -2)
    .map(line => line.slice(0, 24).trimEnd());
  t.deepEqual(left, ['12 gateway all', ' 3 gateway  set ×5', '   gateway  set ×5', '   gateway  slow']);
});

test('a start that was corrected has a tilde', t => {
  const text = renderWaterfall(
    timeline(`
      gateway GET      |---------|        {kind: client}
        beta GET /                 |----| {kind: server}
    `),
  );
  t.regex(text, /^beta {5}GET \/ +~2\.0 ms {3}6\.0 ms|^beta.*~2\.5 ms/m);
});

test('on 40 columns a line keeps its service, its duration, and one column of the bar', t => {
  t.is(
    renderWaterfall(plain, { columns: 40 }),
    `trace t · 4 spans · 2 services · 100 ms
gateway… root                   100 ms █
gateway…  a                    25.0 ms █
alpha-fn  b                    25.0 ms █
alpha-fn   c                   10.0 ms █
${legend}
`,
  );
});

test('where colour is asked for, what is on the path stands out by it too', t => {
  const text = renderWaterfall(plain, { color: true });
  t.true(text.includes('\x1b[2m░░░░░\x1b[0m\x1b[36m█████\x1b[0m'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  t.is(text.replaceAll(/\x1b\[\d+m/g, ''), renderWaterfall(plain));
});

// (gone)
//   a  |----|          the parent never arrived
// b       |----|       a second root
test('a span without its parent is drawn as a root, beside other roots', t => {
  const text = renderWaterfall(
    trace({ id: 'b', from: 5, to: 10 }, { id: 'a', parent: 'gone', from: 0, to: 5 }),
  );
  t.regex(text, /^gateway-fn a .*\ngateway-fn b /m);
});

// (gone)
//   a    |----|        whose child's clock is behind
//     c |----|
test('a span without its parent keeps its children, even those that seem to start before it', t => {
  const text = renderWaterfall(
    trace({ id: 'c', parent: 'a', from: 0, to: 5 }, { id: 'a', parent: 'gone', from: 1, to: 6 }),
  );
  t.regex(text, /^gateway-fn a .*\ngateway-fn {2}c /m);
});

// a -> b -> c -> a, and d under c
test('a cycle is opened at its earliest span and each span drawn once', t => {
  const text = renderWaterfall(
    trace(
      { id: 'c', parent: 'b', from: 2, to: 3 },
      { id: 'a', parent: 'c', from: 0, to: 3 },
      { id: 'b', parent: 'a', from: 1, to: 3 },
      { id: 'd', parent: 'c', from: 2, to: 3 },
      { id: 'self', parent: 'self', from: 9, to: 9 },
    ),
  );
  const names = lines(text)
    .slice(1)
    .map(line => line.slice(11, 20).trimEnd());
  t.deepEqual(names, ['a', ' b', '  c', '   d', 'self']);
});

test('a trace that takes no time has a mark for a bar', t => {
  t.deepEqual(bars(renderWaterfall(trace({ id: 'a', from: 0, to: 0 }))), ['▏']);
});

test('a trace without spans is one line', t => {
  t.is(renderWaterfall(trace()), 'trace t · no spans\n');
});

test('nothing in a span name reaches the terminal as an escape', t => {
  const name = '\x1b]0;owned\x07\x9b31m\r\n\u202eevil\u200b';
  const text = renderWaterfall(trace({ id: 'a', name, from: 0, to: 1 }), { columns: 120 });
  t.true(text.includes('\\x1b]0;owned\\x07\\x9b31m \\u{202e}evil\\u{200b}'));
});

test('wide characters count as two columns, so that the bars stay in line', t => {
  const text = renderWaterfall(
    trace({ id: 'a', name: '漢字😀', from: 0, to: 1 }, { id: 'b', from: 0, to: 1 }),
  );
  const [wide, narrow] = lines(text)
    .slice(1)
    .map(line => columnsOf(line.slice(0, line.search(/[█░]/))));
  t.is(wide, narrow);
});

test('a trace of 20,000 nested spans is drawn', t => {
  const deep = Array.from({ length: 20_000 }, (_, n) => ({
    id: `${n}`,
    parent: `${n - 1}`,
    from: n,
    to: 20_000,
  }));
  t.is(lines(renderWaterfall(trace(...deep))).length, 20_001);
});

test('20,000 siblings are drawn in time that grows with their number, not its square', t => {
  const wide = Array.from({ length: 20_000 }, (_, n) => ({
    id: `${n + 1}`,
    parent: '0',
    from: n,
    to: n + 1,
  }));
  const startedAt = performance.now();
  renderWaterfall(trace({ id: '0', from: 0, to: 20_000 }, ...wide));
  t.true(performance.now() - startedAt < 8_000);
});

test('durations are at most eight characters long', t => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e14, noNaN: true }), us => formatDuration(us).length <= 8));
  t.deepEqual(
    [0, 812, 999.6, 12_345, 99_960, 999_499, 999_500, 10_020_000, 999_499_999, 7_500_000_000].map(
      formatDuration,
    ),
    ['0', '812 µs', '1.0 ms', '12.3 ms', '100 ms', '999 ms', '1.00 s', '10.02 s', '999 s', '125 min'],
  );
});

const strangeText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\x1b', '[', 'm', '漢', '😀', 'é', '\u0301', '\u202e', '\n', '\x9b', '\ud800', ' '),
  }),
);
const strangeTrace = fc
  .array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      parent: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'gone', ''),
      name: strangeText,
      from: fc.oneof(fc.nat(100), fc.double()),
      to: fc.oneof(fc.nat(100), fc.double()),
      processID: fc.constantFrom('p1', 'p2', 'p3', '__proto__'),
    }),
  )
  .map(spans => trace(...spans));

test('no line is wider than the columns, whatever the spans are', t => {
  fc.assert(
    fc.property(strangeTrace, fc.integer({ min: 1, max: 200 }), (strange, columns) =>
      lines(renderWaterfall(strange, { columns })).every(line => columnsOf(line) <= columns),
    ),
  );
  t.pass();
});

test('no control character but the line feed comes out, whatever the spans are', t => {
  fc.assert(
    fc.property(
      strangeTrace,
      strange => !/[\p{C}\p{Zl}\p{Zp}]/u.test(renderWaterfall(strange).replaceAll('\n', '')),
    ),
  );
  t.pass();
});

test('a trace that lasts next to nothing is drawn as one that lasts', t => {
  const drawn = (duration: number) => {
    const spans = [{ ...span({ id: 'a', from: 0, to: 1 }), duration }];
    return lines(renderWaterfall({ ...trace(), spans }, { columns: 80 }));
  };
  t.is(drawn(4.94e-321)[1]?.replace(/[^█]/g, ''), drawn(1)[1]?.replace(/[^█]/g, ''));
});

test('every span is in exactly one line', t => {
  fc.assert(
    fc.property(strangeTrace, strange => {
      const counts = lines(renderWaterfall(strange, { columns: 200 }))
        .slice(1)
        .map(line => Number(/ ×(\d+) /.exec(line)?.[1] ?? 1));
      // Those delivered twice are one span.
      return counts.reduce((sum, count) => sum + count, 0) === buildTree(strange).nodes.length;
    }),
  );
  t.pass();
});
