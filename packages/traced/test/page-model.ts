import test from 'ava';
import { criticalPath } from '../src/diagnosis/critical-path.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { allOf, replay } from '../src/diagnosis/replay.ts';
import { buildTree, type SpanNode, type TraceTree } from '../src/diagnosis/tree.ts';
import { barsOf } from '../src/page/src/model/bars.ts';
import { fromWire, toWire } from '../src/page/src/model/diagnosis-wire.ts';
import { heldByRow, pathSteps, visibleSteps } from '../src/page/src/model/path-steps.ts';
import { openedFor, Rows } from '../src/page/src/model/rows.ts';
import { whatIfFixed } from '../src/page/src/model/what-if.ts';
import { bounded, panned, percentAt, ticks, zoomed } from '../src/page/src/model/zoom.ts';
import { fromQuery, isDuration, tagsAsJson, toQuery, toSearch } from '../src/page/src/search/search-query.ts';
import { longTrace, slowRequest } from './helpers/page-traces.ts';
import { timeline } from './helpers/timeline.ts';

const named = (tree: TraceTree, name: string) => tree.nodes.find(node => node.name === name) as SpanNode;
const names = (rows: Rows) =>
  rows.all.map(({ nodes, depth }) => `${depth} ${nodes[0]?.name}×${nodes.length}`);

test('siblings alike share a row, but not one that failed or takes far longer', t => {
  const tree = buildTree(
    timeline(`
      a root    |---------------------------------------|
        a read   || || || || ||
        a read                  |-----------|
        a read                               || {error}
        a write                                 ||
    `),
  );
  t.deepEqual(names(new Rows(tree, new Set())), [
    '0 root×1',
    '1 read×5',
    '1 read×1',
    '1 read×1',
    '1 write×1',
  ]);
});

test('a closed row stands for all that is below it', t => {
  const tree = buildTree(slowRequest());
  const rows = new Rows(tree, new Set(['s0']));
  t.is(rows.all.length, 1);
  t.true(tree.nodes.every(node => rows.indexOf(node) === 0));
});

test('rows keep their keys when others are folded, opened or left out', t => {
  const tree = buildTree(slowRequest());
  const all = new Map(new Rows(tree, new Set()).all.map(({ key, nodes }) => [key, nodes]));
  const some = new Rows(tree, new Set(['s1']), node => !node.failed);
  t.true(some.all.length < all.size);
  for (const { key, nodes } of some.all) t.deepEqual(all.get(key), nodes);
});

test('what leads to a span is opened: its group for one alone, but not for several of a group', t => {
  const tree = buildTree(slowRequest());
  const sets = tree.nodes.filter(({ name }) => name === 'set');
  const folded = new Set(tree.nodes.map((_, i) => `s${i}`));
  const together = new Rows(tree, openedFor(tree, sets, folded));
  t.is(together.all[together.indexOf(sets[0] as SpanNode)]?.nodes.length, sets.length);
  const alone = new Rows(tree, openedFor(tree, sets.slice(2, 3), folded));
  t.is(alone.all[alone.indexOf(sets[2] as SpanNode)]?.nodes.length, 1);
});

test('10,000 spans become rows in a moment', t => {
  const tree = buildTree(longTrace(10_000));
  const start = performance.now();
  t.is(new Rows(tree, new Set()).all.length, 10_000);
  t.log(`${Math.round(performance.now() - start)} ms`);
});

test('the path’s steps last as long as the request, on the rows that are there', t => {
  const tree = buildTree(slowRequest());
  for (const toggled of [new Set<string>(), new Set(['s1']), new Set(['s0'])]) {
    const steps = pathSteps(criticalPath(tree), new Rows(tree, toggled));
    const sum = [...heldByRow(steps).values()].reduce((a, b) => a + b, 0);
    t.is(sum, tree.duration);
    for (const [i, step] of steps.entries()) t.is(step.start, steps[i - 1]?.end ?? 0);
  }
});

test('of thousands of steps those are drawn that can be told apart, and they are as long as the path', t => {
  const tree = buildTree(longTrace(10_000));
  const rows = new Rows(tree, new Set());
  const steps = pathSteps(criticalPath(tree), rows);
  const whole = visibleSteps(steps, { from: 0, to: tree.duration });
  t.true(steps.length > 10_000 && whole.length < 400);
  t.is(
    whole.reduce((sum, { start, end }) => sum + end - start, 0),
    tree.duration,
  );
  // It still goes from the first rows to the last.
  t.true((whole[0]?.row ?? 0) < 100 && (whole.at(-1)?.row ?? 0) > 9_900);
  const near = visibleSteps(steps, { from: 50_000, to: 50_200 });
  t.deepEqual(
    near,
    steps.filter(({ start, end }) => end >= 50_000 && start <= 50_200),
  );
});

test('a parent’s moments between its children are no steps of their own', t => {
  const step = (row: number, start: number, end: number) => ({ row, start, end });
  const steps = [
    step(0, 0, 100),
    step(1, 100, 500),
    step(0, 500, 501),
    step(1, 501, 900),
    step(0, 900, 1_000),
  ];
  t.deepEqual(visibleSteps(steps, { from: 0, to: 1_000 }), [
    step(0, 0, 100),
    step(1, 100, 900),
    step(0, 900, 1_000),
  ]);
});

test('bars too near to be told apart are one, and none is drawn outside of the view', t => {
  const tree = buildTree(longTrace(10_000));
  const bars = barsOf(tree.nodes.slice(1), { from: 0, to: tree.duration });
  t.true(bars.length < 1_000);
  const few = barsOf(tree.nodes, { from: 1_000, to: 1_200 });
  for (const { left, width } of few) t.true(left >= -2 && left + width <= 102 + 1e-9);
});

test('a what-if’s path is that of the replayed trace', t => {
  const diagnosis = diagnose(slowRequest());
  const { tree, findings } = diagnosis;
  const { duration, path, positions } = whatIfFixed(tree, findings);
  t.is(duration, diagnosis.whatIf);
  t.is(
    path.reduce((sum, { start, end }) => sum + end - start, 0),
    duration,
  );
  t.true(path.every(({ node }) => tree.nodes.includes(node)));
  t.deepEqual(positions.get(named(tree, 'GET /all')), { start: 0, end: duration });
});

test('a diagnosis comes out of a worker as it went in', t => {
  const diagnosis = diagnose(slowRequest());
  const tree = buildTree(slowRequest());
  const copy = fromWire(tree, structuredClone(toWire(diagnosis)));
  t.is(copy.findings.length, diagnosis.findings.length);
  t.true(copy.findings.every(({ spans }) => spans.every(node => tree.nodes.includes(node))));
  t.deepEqual(
    copy.findings.map(({ title, saving }) => [title, saving]),
    diagnosis.findings.map(({ title, saving }) => [title, saving]),
  );
  t.is(replay(tree, allOf(copy.findings.map(({ change }) => change ?? {}))).duration, diagnosis.whatIf);
  t.is(copy.path.length, diagnosis.path.length);
});

test('the view stays within the trace, whatever is asked of it', t => {
  t.deepEqual(bounded({ from: -50, to: 50 }, 1_000), { from: 0, to: 100 });
  t.deepEqual(bounded({ from: 950, to: 1_100 }, 1_000), { from: 850, to: 1_000 });
  t.deepEqual(bounded({ from: 5, to: 5 }, 1_000), { from: 5, to: 15 });
  t.deepEqual(zoomed({ from: 0, to: 1_000 }, 2, 1_000), { from: 250, to: 750 });
  t.deepEqual(zoomed({ from: 250, to: 750 }, 1 / 8, 1_000), { from: 0, to: 1_000 });
  t.deepEqual(panned({ from: 0, to: 500 }, 2, 1_000), { from: 500, to: 1_000 });
  t.is(percentAt({ from: 100, to: 300 }, 150), 25);
});

test('the axis has round times', t => {
  t.deepEqual(ticks({ from: 0, to: 890_000 }, 5), [0, 200_000, 400_000, 600_000, 800_000]);
  t.deepEqual(ticks({ from: 3, to: 21 }, 5), [5, 10, 15, 20]);
});

test('tags are read as they are typed, and written as Jaeger has them', t => {
  t.is(tagsAsJson('  '), '');
  t.is(
    tagsAsJson('error=true  http.route="/a \\"b\\"" x='),
    '{"error":"true","http.route":"/a \\"b\\"","x":""}',
  );
  t.is(tagsAsJson('{"n": 5}'), '{"n":"5"}');
  t.throws(() => tagsAsJson('error'), { message: /key=value/ });
  t.throws(() => tagsAsJson('{no'), { message: /JSON/ });
});

test('a search survives its way through the address', t => {
  const form = {
    service: 'a b&c',
    operation: 'GET /x?y',
    tags: 'k="a b"',
    minDuration: '1.5ms',
    maxDuration: '2s',
    lookback: 'custom',
    start: 1_700_000_000_000_000,
    end: 1_700_000_001_000_000,
    limit: 50,
  };
  t.deepEqual(fromQuery(new URLSearchParams(toQuery(form).toString())), form);
  t.like(toSearch({ ...form, lookback: '2d' }, 's', 1_700_000_000_000), {
    service: 's',
    start: (1_700_000_000_000 - 2 * 86_400_000) * 1_000,
    end: 1_700_000_000_001_000,
  });
});

test('durations are written as Go writes them', t => {
  for (const text of ['1s', '1.5ms', '1m30s', '200us', ' 3h ']) t.true(isDuration(text), text);
  for (const text of ['', 'fast', '5', '1 s', '-1s', '1sec']) t.false(isDuration(text), text);
});
