import test from 'ava';
import fc from 'fast-check';
import { criticalPath } from '../src/diagnosis/critical-path.ts';
import { type Diagnosis, diagnose } from '../src/diagnosis/diagnose.ts';
import type { Finding } from '../src/diagnosis/findings.ts';
import { renderDiagnosis, renderFindings, renderMarked } from '../src/diagnosis/report.ts';
import { columnsOf, wrapped } from '../src/diagnosis/terminal-text.ts';
import { timeUse } from '../src/diagnosis/time-use.ts';
import { buildTree, type SpanNode } from '../src/diagnosis/tree.ts';
import { messyTrace } from './helpers/messy-traces.ts';
import { timeline } from './helpers/timeline.ts';

/** A finding on the spans of these names; what it says does not depend on any rule. */
function finding(nodes: readonly SpanNode[], names: string[], rest: Partial<Finding> = {}): Finding {
  const spans = nodes.filter(({ name }) => names.includes(name));
  const [first] = spans;
  return {
    kind: 'stall',
    spans,
    title: `${names.join(' and ')} stand still`,
    sentence: 'Nothing was done.',
    advice: 'Do it.',
    evidence: {},
    change: {},
    service: first?.service ?? '?',
    operation: first?.name ?? '?',
    certainty: 'measured',
    because: 'its spans show it',
    entry: nodes[0] as SpanNode,
    cost: 5_000,
    whatIf: undefined,
    saving: undefined,
    ...rest,
  };
}

function diagnosisOf(
  drawing: string,
  findings: (nodes: readonly SpanNode[]) => Finding[],
  whatIf = 0,
): Diagnosis {
  const tree = buildTree(timeline(drawing));
  const path = criticalPath(tree);
  const duration = tree.root === undefined ? 0 : tree.root.end - tree.root.start;
  return {
    tree,
    path,
    duration,
    time: timeUse(tree, path),
    findings: findings(tree.nodes),
    whatIf,
    baselineTraces: 0,
  };
}

const drawing = `
  gateway-fn GET /all     |--------------------------------------|      {kind: server}
    gateway-fn GET          |----------------------------------|        {kind: client}
      alpha-fn GET /alpha     |------------------------------|          {kind: server}
        alpha-fn work           |--------------------------|
    gateway-fn set          |---------|                                 {kind: client, db.system: redis}
    gateway-fn lost                                                |-|  {parent: gone}
`;

const two = (nodes: readonly SpanNode[]) => [
  finding(nodes, ['work', 'set'], {
    saving: 30_000,
    sentence:
      'alpha-fn work takes 27.0 ms by itself; the 99 others like it under alpha-fn GET /alpha take 628 µs. The same work needs no more, so the rest was waiting.',
    advice: 'Look in this span for a sleep, a lock, a blocking call or a special case that takes its time.',
  }),
  finding(nodes, ['set'], { kind: 'slow-dependency', saving: 1_000, atMost: true }),
  finding(nodes, ['lost'], { kind: 'broken-trace', cost: 0, title: 'gateway-fn lost lost its parent' }),
  finding(nodes, ['GET /alpha'], { kind: 'error' }),
];

test('a report says how long the request took, on what, what was found, and what was odd', t => {
  t.is(
    renderDiagnosis(diagnosisOf(drawing, two, 9_000)),
    `gateway-fn GET /all took 39.0 ms
trace t · 6 spans · 2 services · 43.0 ms
    gateway-fn GET /all                          0  39.0 ms █░░░░░░░░░░░░░░░░█
1,2 gateway-fn  set                         2.0 ms  10.0 ms ░░░░░
    gateway-fn  GET                         2.0 ms  35.0 ms █░░░░░░░░░░░░░░█
  4 alpha-fn     GET /alpha                 4.0 ms  31.0 ms  █░░░░░░░░░░░░█
  1 alpha-fn      work                      6.0 ms  27.0 ms   █████████████
  3 gateway-fn lost                        41.0 ms   2.0 ms                    ░
█ on the critical path, ░ not

Where the time went
self time                     35.0 ms  90 % ██████████████████
waiting for another function   4.0 ms  10 % ██

1  work and set stand still
   stall · measured · saves about 30.0 ms of 39.0 ms
   alpha-fn work takes 27.0 ms by itself; the 99 others like it under alpha-fn
   GET /alpha take 628 µs. The same work needs no more, so the rest was waiting.
   → Look in this span for a sleep, a lock, a blocking call or a special case
     that takes its time.

2  set stand still
   slow-dependency · measured · saves at most 1.0 ms of 39.0 ms
   Nothing was done.
   → Do it.

3  gateway-fn lost lost its parent
   broken-trace · measured
   Nothing was done.
   → Do it.

4  GET /alpha stand still
   error · measured · 5.0 ms on the critical path
   Nothing was done.
   → Do it.

With all of these fixed, the request would take at best 9.0 ms instead of
39.0 ms.

About the data
- 1 span whose parent is missing.
`,
  );
});

test('on 40 columns it says the same', t => {
  t.is(
    renderDiagnosis(diagnosisOf(drawing, two, 9_000), { columns: 40 }),
    `gateway-fn GET /all took 39.0 ms
trace t · 6 spans · 2 services · 43.0 ms
    gateway… GET /all          39.0 ms ░
1,2 gateway…  set              10.0 ms ░
    gateway…  GET              35.0 ms ░
  4 alpha-fn   GET /alpha      31.0 ms ░
  1 alpha-fn    work           27.0 ms █
  3 gateway… lost               2.0 ms ░
█ on the critical path, ░ not

Where the time went
self time                  35.0 ms  90 %
waiting for another func…   4.0 ms  10 %

1  work and set stand still
   stall · measured · saves about
   30.0 ms of 39.0 ms
   alpha-fn work takes 27.0 ms by
   itself; the 99 others like it under
   alpha-fn GET /alpha take 628 µs. The
   same work needs no more, so the rest
   was waiting.
   → Look in this span for a sleep, a
     lock, a blocking call or a special
     case that takes its time.

2  set stand still
   slow-dependency · measured · saves at
   most 1.0 ms of 39.0 ms
   Nothing was done.
   → Do it.

3  gateway-fn lost lost its parent
   broken-trace · measured
   Nothing was done.
   → Do it.

4  GET /alpha stand still
   error · measured · 5.0 ms on the
   critical path
   Nothing was done.
   → Do it.

With all of these fixed, the request
would take at best 9.0 ms instead of
39.0 ms.

About the data
- 1 span whose parent is missing.
`,
  );
});

test('where nothing was found, it says so in a line', t => {
  t.is(renderFindings(diagnosisOf(drawing, () => [])), 'No problems found.\n');
});

test('one finding that saves is summed up in the singular, one that saves nothing is not', t => {
  const one = diagnosisOf(drawing, nodes => [finding(nodes, ['work'], { saving: 30_000 })], 9_000);
  t.true(
    renderFindings(one).endsWith(
      '\n\nWith this fixed, the request would take about 9.0 ms instead of 39.0 ms.\n',
    ),
  );
  const none = diagnosisOf(drawing, nodes => [finding(nodes, ['work'])], 39_000);
  t.true(renderFindings(none).endsWith('\n   → Do it.\n'));
});

test('a span that many findings stand on names as many of them as its margin has room for', t => {
  const all = (count: number) => (nodes: readonly SpanNode[]) =>
    Array.from({ length: count }, (_, n) => finding(nodes, n === 0 ? ['set', 'work'] : ['work']));
  const margins = (count: number) =>
    renderMarked(diagnosisOf(drawing, all(count)))
      .split('\n')
      .flatMap(line => /^([\d,+ ]+) \S+ +(work|set)/.exec(line)?.slice(1, 3) ?? []);
  t.deepEqual(margins(1), ['1', 'set', '1', 'work']);
  t.deepEqual(margins(2), ['  1', 'set', '1,2', 'work']);
  t.deepEqual(margins(3), ['   1', 'set', '1,2+', 'work']);
});

test('the numbers of a dozen findings stand below each other', t => {
  const twelve = diagnosisOf(drawing, nodes => Array.from({ length: 12 }, () => finding(nodes, ['work'])));
  t.regex(renderFindings(twelve), /^ 1 {2}work stand still\n {4}stall/);
  t.regex(renderFindings(twelve), /^12 {2}work stand still\n {4}stall/m);
});

test('colour is used only when asked for, and says nothing that is not said without', t => {
  const diagnosis = diagnosisOf(drawing, two, 9_000);
  const plain = renderDiagnosis(diagnosis);
  const color = renderDiagnosis(diagnosis, { color: true });
  t.false(plain.includes('\x1b'));
  t.true(color.includes('\x1b[1mWhere the time went\x1b[0m'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  t.is(color.replaceAll(/\x1b\[\d+m/g, ''), plain);
});

test('nothing that a span says reaches the terminal as an escape, or takes megabytes of it', t => {
  const evil = '\x1b]0;owned\x07\x9b31m\r\n\u202eevil\u200b';
  const hostile = (nodes: readonly SpanNode[]) => [
    finding(nodes, ['work'], { title: evil, sentence: evil, advice: `${evil} ${'x'.repeat(1e6)}` }),
  ];
  const diagnosis = diagnosisOf(drawing, hostile);
  const { root } = diagnosis.tree;
  if (root !== undefined) Object.assign(root, { name: evil, service: evil });
  const text = renderDiagnosis(diagnosis);
  t.false(/[\p{C}\p{Zl}\p{Zp}]/u.test(text.replaceAll('\n', '')));
  t.true(text.includes('\\x1b]0;owned\\x07\\x9b31m \\u{202e}evil\\u{200b}'));
  t.true(text.length < 10_000);
});

test('a trace without spans, or of one that takes no time, is reported too', t => {
  const empty = diagnose({ traceID: 't', spans: [], processes: {}, warnings: null });
  t.is(renderDiagnosis(empty), 'A trace without spans\ntrace t · no spans\n\nNo problems found.\n');
  t.is(
    renderDiagnosis(diagnose(timeline('gateway-fn all |'))),
    `gateway-fn all took 0
trace t · 1 span · 1 service · 0
gateway-fn all                                   0        0 ▏
█ on the critical path, ░ not

No problems found.
`,
  );
});

test('no line is wider than the columns, whatever the trace and however few they are', t => {
  fc.assert(
    fc.property(messyTrace, fc.integer({ min: 2, max: 130 }), (trace, columns) => {
      const text = renderDiagnosis(diagnose(trace), { columns });
      for (const line of text.split('\n')) t.true(columnsOf(line) <= columns, line);
      t.regex(text, /[^\n]\n$/);
    }),
    { numRuns: 500 },
  );
});

test('lines break at blanks, but not between a number and its unit, and anywhere in what is too long', t => {
  t.deepEqual(wrapped('it took 12.5 ms, 40 % of 31 s, at 5 sites', 11), [
    'it took',
    '12.5 ms,',
    '40 % of',
    '31 s, at 5',
    'sites',
  ]);
  t.deepEqual(wrapped('a GET/abcdefghij b', 6), ['a', 'GET/ab', 'cdefgh', 'ij b']);
  t.deepEqual(wrapped('漢字 漢字漢', 5), ['漢字', '漢字', '漢']);
  t.deepEqual(wrapped('', 5), []);
});
