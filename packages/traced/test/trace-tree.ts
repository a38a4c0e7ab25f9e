import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree, pathTo, type SpanNode, subtree, type TraceTree } from '../src/diagnosis/tree.ts';
import { Drawing, drawnAt, timeline } from './helpers/timeline.ts';

/** The names of the spans, indented by their depth, in the order of a waterfall. */
const outline = ({ nodes }: TraceTree): string[] =>
  nodes.map(({ name, depth }) => `${' '.repeat(depth)}${name}`);

function nodeNamed(tree: TraceTree, name: string): SpanNode {
  const [node, ...others] = tree.nodes.filter(each => each.name === name);
  if (node === undefined || others.length > 0) throw new Error(`no or several spans named ${name}`);
  return node;
}

/** When each span begins and ends, in ms since the tree's start. */
const times = ({ nodes }: TraceTree): Record<string, [number, number]> =>
  Object.fromEntries(nodes.map(({ name, start, end }) => [name, [start / 1_000, end / 1_000]]));

function shuffled(trace: JaegerTrace): JaegerTrace {
  return { ...trace, spans: [...trace.spans].reverse() };
}

test('a child is below its parent, siblings are by start and then by end, in whatever order they came', t => {
  const trace = timeline(`
    gateway all     |==================|
      gateway late            |------|
        root inner              |--|
      gateway long    |-----|
      gateway short   |---|
  `);
  for (const each of [trace, shuffled(trace)]) {
    const tree = buildTree(each);
    t.deepEqual(outline(tree), ['all', ' short', ' long', ' late', '  inner']);
    t.deepEqual(times(tree)['inner'], [12, 15]);
    t.deepEqual([tree.start, tree.duration, tree.notes], [drawnAt, 19_000, []]);
    t.deepEqual(
      pathTo(nodeNamed(tree, 'inner')).map(({ name }) => name),
      ['all', 'late', 'inner'],
    );
    t.deepEqual(
      subtree(nodeNamed(tree, 'late')).map(({ name }) => name),
      ['late', 'inner'],
    );
  }
});

test('a span whose parent did not arrive is a root that names it, and not the main one', t => {
  const tree = buildTree(
    timeline(`
      beta lost       |=====================|   {parent: gone}
        beta below       |----|
      gateway all       |===========|
    `),
  );
  t.deepEqual(outline(tree), ['lost', ' below', 'all']);
  t.is(nodeNamed(tree, 'lost').missingParent, 'gone');
  t.is(tree.root?.name, 'all');
  t.deepEqual(tree.notes, ['1 span whose parent is missing.']);
});

test('with no other root, the longest span without its parent stands for the request', t => {
  const tree = buildTree(
    timeline(`
      beta short   |--|            {parent: gone}
      beta long      |========|    {parent: lost}
    `),
  );
  t.is(tree.root?.name, 'long');
});

test('of several roots the longest stands for the request', t => {
  const tree = buildTree(
    timeline(`
      gateway first    |===|
      gateway longest     |=====|
      gateway last              |=|
    `),
  );
  t.is(tree.root?.name, 'longest');
  t.deepEqual(
    tree.roots.map(({ name }) => name),
    ['first', 'longest', 'last'],
  );
  t.deepEqual(tree.notes, ['3 roots; the longest of a server is taken for the request.']);
});

test('a reference into another trace is a link and makes no parent', t => {
  const { trace } = new Drawing('gateway all |===|');
  const [span] = trace.spans;
  span?.references.push({ refType: 'FOLLOWS_FROM', traceID: 'other', spanID: 's9' });
  const tree = buildTree(trace);
  t.deepEqual([tree.roots.length, tree.root?.missingParent], [1, undefined]);
});

test('of several references the one that says CHILD_OF is the parent, also where it leaves the trace out', t => {
  const drawing = new Drawing(`
    gateway all      |==========|
      gateway first    |-|
      gateway second       |--|
  `);
  const second = drawing.span('second');
  second.references = [
    { refType: 'FOLLOWS_FROM', traceID: 't', spanID: 's2' },
    { refType: 'CHILD_OF', traceID: '', spanID: 's1' },
  ];
  const tree = buildTree(drawing.trace);
  t.is(nodeNamed(tree, 'second').parent?.name, 'all');
  t.true(nodeNamed(tree, 'second').awaited);
});

test('a span delivered twice is one span', t => {
  const trace = timeline(`
    gateway all    |======|
      gateway GET    |--|
  `);
  const tree = buildTree({ ...trace, spans: [...trace.spans, ...structuredClone(trace.spans)] });
  t.deepEqual(outline(tree), ['all', ' GET']);
  t.deepEqual(tree.notes, ['2 spans delivered more than once; each was taken once.']);
});

test('a span that is sent again by a process with other tags is one span', t => {
  const trace = timeline(`
    gateway all    |======|
      gateway GET    |--|
  `);
  const again = trace.spans.map(span => ({ ...span, processID: 'again' }));
  const process = { serviceName: 'gateway', tags: [{ key: 'x', type: 'string' as const, value: 'resent' }] };
  const tree = buildTree({
    ...trace,
    spans: [...trace.spans, ...again],
    processes: { ...trace.processes, again: process },
  });
  t.deepEqual(outline(tree), ['all', ' GET']);
  t.deepEqual(tree.notes, ['2 spans delivered more than once; each was taken once.']);
});

test('different spans with one id are all kept, and a child is below the one of its own process', t => {
  const tree = buildTree(
    timeline(`
      gateway all      |==============|
        gateway one      |------|         {id: a}
        beta two             |------|     {id: a}
          beta below           |--|       {parent: a}
          gateway above    |--|           {parent: a}
    `),
  );
  t.deepEqual(outline(tree), ['all', ' one', '  above', ' two', '  below']);
  t.deepEqual(tree.notes, ['1 span id used by several different spans.']);
});

test("a server's span that shares its client's id, as Zipkin's do, is below the client's", t => {
  const tree = buildTree(
    timeline(`
      gateway all         |==============|   {id: r}
        gateway GET         |----------|     {id: a, parent: r, kind: client}
          beta GET /beta      |------|       {id: a, parent: r, kind: server}
            beta work           |--|         {parent: a}
    `),
  );
  t.deepEqual(outline(tree), ['all', ' GET', '  GET /beta', '   work']);
});

test('a circle of parents is opened at its earliest span, and no span is lost', t => {
  const tree = buildTree(
    timeline(`
      gateway a    |==========|     {id: a, parent: c}
      gateway b      |=====|        {id: b, parent: a}
      gateway c        |==|         {id: c, parent: b}
      gateway d         |=|         {id: d, parent: c}
      gateway self           |=|    {id: e, parent: e}
    `),
  );
  t.deepEqual(outline(tree), ['a', ' b', '  c', '   d', 'self']);
  t.is(nodeNamed(tree, 'self').missingParent, undefined);
  t.deepEqual(tree.notes, [
    '1 cycle of parents, opened at the earliest span.',
    '2 roots; the longest of a server is taken for the request.',
  ]);
});

test('a negative duration is taken as none', t => {
  const drawing = new Drawing(`
    gateway all     |======|
      gateway odd     |--|
  `);
  drawing.span('odd').duration = -3_000;
  const tree = buildTree(drawing.trace);
  t.deepEqual(times(tree), { all: [0, 7], odd: [2, 2] });
  t.deepEqual(tree.notes, ['1 span with a negative duration; taken as 0.']);
});

const noTimes = [Number.NaN, Number.POSITIVE_INFINITY, 1e300, null, undefined, '', 'soon', {}];

test('a span whose start is no time begins with its parent, rather than in 1970', t => {
  for (const value of noTimes) {
    const drawing = new Drawing(`
      gateway all       |========|
        gateway call      |----|
          beta undated      |-|
    `);
    drawing.span('undated').startTime = value as number;
    const tree = buildTree(drawing.trace);
    t.deepEqual(times(tree), { all: [0, 9], call: [2, 7], undated: [2, 4] });
    t.deepEqual(tree.notes, ['1 span without a start; taken to begin with the parent.']);
  }
});

test('a duration that is no number is taken as none, and one in text as the number it says', t => {
  for (const value of [...noTimes, '3000']) {
    const drawing = new Drawing(`
      gateway all     |======|
        gateway odd     |
    `);
    drawing.span('odd').duration = value as number;
    t.deepEqual(times(buildTree(drawing.trace))['odd'], value === '3000' ? [2, 5] : [2, 2]);
  }
});

test('a trace without any time has none', t => {
  const drawing = new Drawing('gateway all |');
  drawing.span('all').startTime = Number.NaN;
  const tree = buildTree(drawing.trace);
  t.deepEqual([tree.start, tree.duration, times(tree)], [0, 0, { all: [0, 0] }]);
});

test('a trace without spans has no root', t => {
  const tree = buildTree({ traceID: 't', spans: [], processes: {}, warnings: null });
  t.deepEqual([tree.root, tree.nodes, tree.duration, tree.notes], [undefined, [], 0, []]);
});

test('a child outside of its parent stays where it was while one clock timed both', t => {
  const drawing = `
    beta parent        |======|
      beta before   |--|
      beta across   |------|
      beta after                |---|
      beta overlong       |---------|
  `;
  const tree = buildTree(timeline(drawing));
  t.deepEqual(times(tree), {
    parent: [3, 10],
    before: [0, 3],
    across: [0, 7],
    after: [12, 16],
    overlong: [6, 16],
  });
  t.deepEqual(
    tree.nodes.filter(({ shift }) => shift !== 0),
    [],
  );
});

test("a called service's span outside of its caller's is moved into the middle of it, with all below, and marked", t => {
  const tree = buildTree(
    timeline(`
      gateway all           |====================|
        gateway GET            |-------------|         {kind: client}
          beta GET /beta    |-------|                  {kind: server}
            beta work         |---|
    `),
  );
  // 14 ms of the client's less 8 of the server's: 3 before and 3 after it.
  t.deepEqual(times(tree), { all: [0, 21], GET: [3, 17], 'GET /beta': [6, 14], work: [8, 12] });
  t.deepEqual(
    tree.nodes.map(({ shift }) => shift / 1_000),
    [0, 0, 6, 6],
  );
  t.deepEqual(tree.notes, ['2 spans moved, since the clocks of their hosts differ.']);
});

test('one that begins after its caller has ended is moved as well, and one longer than its caller to its start', t => {
  const late = buildTree(
    timeline(`
      gateway GET      |------|                 {kind: client}
        beta GET /                |--|          {kind: server}
    `),
  );
  t.deepEqual(times(late), { GET: [0, 7], 'GET /': [2, 5] });
  const longer = buildTree(
    timeline(`
      gateway GET         |------|              {kind: client}
        beta GET /     |-----------|            {kind: server}
    `),
  );
  t.deepEqual(times(longer), { GET: [0, 7], 'GET /': [0, 12] });
});

test('a server that ends after the client that went away was not moved by a clock', t => {
  const tree = buildTree(
    timeline(`
      gateway GET      |------|                 {kind: client}
        beta GET /        |----------|          {kind: server}
    `),
  );
  t.deepEqual(times(tree)['GET /'], [3, 14]);
  t.deepEqual(tree.notes, []);
});

test('another process of the same service has the same clock', t => {
  const tree = buildTree(
    timeline(`
      beta parent       |------|
        beta child   |--|              {process: p2}
    `),
  );
  t.deepEqual(times(tree), { child: [0, 3], parent: [3, 10] });
});

test('what a parent does not wait for may come at any time and is not moved', t => {
  const tree = buildTree(
    timeline(`
      gateway publish    |---|                       {kind: producer}
        beta consume             |-----|             {kind: consumer}
          beta store                |-|
        beta follow                       |-----|    {follows}
    `),
  );
  t.deepEqual(times(tree)['consume'], [8, 14]);
  t.deepEqual(times(tree)['follow'], [17, 23]);
  t.deepEqual(
    tree.nodes.map(({ name, awaited }) => `${name} ${awaited}`),
    ['publish true', 'consume false', 'store true', 'follow false'],
  );
});

test('a service that the trace does not name is a question mark', t => {
  for (const processID of ['p9', '__proto__', 'constructor']) {
    const { trace } = new Drawing('gateway all |===|');
    for (const span of trace.spans) span.processID = processID;
    t.is(buildTree(trace).root?.service, '?');
  }
});

const many = 50_000;
const spansBelow = (
  parentOf: (n: number) => number,
  id: (n: number) => string = n => `${n}`,
): JaegerTrace => {
  const { trace } = new Drawing('gateway all |===|');
  const [like] = trace.spans;
  if (like === undefined) throw new Error('no span');
  const spans = Array.from({ length: many }, (_, n) => ({
    ...like,
    spanID: id(n),
    references: n === 0 ? [] : [{ refType: 'CHILD_OF' as const, traceID: 't', spanID: id(parentOf(n)) }],
    startTime: drawnAt + n,
    duration: 2 * many - 2 * n,
  }));
  return { ...trace, spans };
};

test('a chain of 50,000 spans is read without recursion', t => {
  const tree = buildTree(spansBelow(n => n - 1));
  t.is(tree.nodes.length, many);
  t.is(tree.nodes.at(-1)?.depth, many - 1);
});

test('50,000 siblings are read, by start', t => {
  const tree = buildTree(shuffled(spansBelow(() => 0)));
  t.is(tree.root?.children.length, many - 1);
  t.true(tree.nodes.every((node, n) => n === 0 || node.start > (tree.nodes[n - 1]?.start ?? 0)));
});

test('50,000 spans with one id are read in time that grows with their number, not its square', t => {
  const trace = spansBelow(
    n => n - 1,
    () => 'same',
  );
  trace.spans.forEach((span, n) => {
    span.processID = `p${n}`;
    span.tags = [{ key: 'span.kind', type: 'string', value: 'server' }];
  });
  const startedAt = performance.now();
  t.is(buildTree(trace).nodes.length, many);
  t.true(performance.now() - startedAt < 8_000);
});
