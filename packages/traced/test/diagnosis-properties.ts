import test from 'ava';
import fc from 'fast-check';
import { criticalPath, pathTimeBySpan } from '../src/diagnosis/critical-path.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { replay } from '../src/diagnosis/replay.ts';
import { selfTime, timeUse } from '../src/diagnosis/time-use.ts';
import { buildTree, type SpanNode, subtree, type TraceTree } from '../src/diagnosis/tree.ts';
import { changeFor, changes, messyTrace, tidyTrace } from './helpers/messy-traces.ts';

const lengthOf = ({ start, end }: { start: number; end: number }): number => end - start;
const durationOf = ({ root }: TraceTree): number => (root === undefined ? 0 : lengthOf(root));
const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0);
const runs = { numRuns: 2_000 };

test('a tree has every span once, below one parent or as a root, with times of its own', t => {
  fc.assert(
    fc.property(messyTrace, trace => {
      const { nodes, roots, duration } = buildTree(trace);
      const received = new Set(
        trace.spans.map(span => {
          const service = trace.processes[span.processID]?.serviceName;
          return JSON.stringify({ ...span, processID: service, references: [], tags: [] });
        }),
      );
      t.is(nodes.length, received.size);
      t.is(new Set(nodes).size, nodes.length);
      t.true(nodes.every(({ span }) => trace.spans.includes(span)));
      t.deepEqual(new Set(roots.flatMap(subtree)), new Set(nodes));
      for (const node of nodes) {
        t.is(node.parent === undefined, roots.includes(node));
        t.true(node.parent?.children.includes(node) ?? true);
        t.true(node.start >= 0 && node.end >= node.start && node.end <= duration);
        t.is(node.depth, node.parent === undefined ? 0 : node.parent.depth + 1);
      }
    }),
    runs,
  );
});

test("a path's sections are sorted, don't overlap, are of the trace, and add up to the root", t => {
  fc.assert(
    fc.property(messyTrace, trace => {
      const tree = buildTree(trace);
      const path = criticalPath(tree);
      t.is(sum(path.map(lengthOf)), durationOf(tree));
      path.forEach((section, n) => {
        t.is(section.start, path[n - 1]?.end ?? tree.root?.start ?? 0);
        t.true(lengthOf(section) > 0);
        t.true(section.start >= section.node.start && section.end <= section.node.end);
        t.true(tree.nodes.includes(section.node));
      });
    }),
    runs,
  );
});

test('replayed without what would change anything, every span is where it was', t => {
  fc.assert(
    fc.property(messyTrace, trace => {
      const tree = buildTree(trace);
      const durations = new Map(tree.nodes.map(node => [node, lengthOf(node)]));
      for (const change of [{}, { durations }]) {
        const replayed = replay(tree, change);
        t.is(replayed.duration, durationOf(tree));
        const moved = [...replayed.spans()].filter(
          ([node, at]) => at.start !== node.start || at.end !== node.end,
        );
        t.deepEqual(moved, []);
      }
    }),
    runs,
  );
});

test('a what-if is never longer than the trace and never less than nothing, for no span', t => {
  fc.assert(
    fc.property(messyTrace, changes, (trace, picks) => {
      const tree = buildTree(trace);
      const replayed = replay(tree, changeFor(tree, picks));
      t.true(replayed.duration >= 0 && replayed.duration <= durationOf(tree));
      for (const [node, at] of replayed.spans()) t.true(lengthOf(at) >= 0 && lengthOf(at) <= lengthOf(node));
    }),
    runs,
  );
});

test('more changes never make it longer', t => {
  fc.assert(
    fc.property(messyTrace, changes, fc.nat(4), (trace, picks, some) => {
      const tree = buildTree(trace);
      const fewer = replay(tree, changeFor(tree, picks.slice(0, some)));
      const all = replay(tree, changeFor(tree, picks));
      t.true(all.duration <= fewer.duration);
    }),
    runs,
  );
});

test('the picture of a what-if is as long as the what-if, and children stay as they lay in their parents', t => {
  fc.assert(
    fc.property(tidyTrace, changes, (trace, picks) => {
      const tree = buildTree(trace);
      const replayed = replay(tree, changeFor(tree, picks));
      const spans = replayed.spans();
      for (const [node, at] of spans) {
        const parent = node.parent && spans.get(node.parent);
        if (parent === undefined) t.is(lengthOf(at), replayed.duration);
        else if (node.parent && node.awaited && node.end <= node.parent.end) {
          t.true(at.start >= parent.start && at.end <= parent.end, node.id);
        }
      }
    }),
    runs,
  );
});

/** The spans that hold the clock, and those above them. */
function onPath(tree: TraceTree): Set<SpanNode> {
  const on = new Set<SpanNode>();
  for (const { node } of criticalPath(tree)) {
    for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent) on.add(at);
  }
  return on;
}

test('spans off the critical path save nothing by being shorter', t => {
  fc.assert(
    fc.property(tidyTrace, fc.array(fc.nat(40), { minLength: 16, maxLength: 16 }), (trace, shorter) => {
      const tree = buildTree(trace);
      const on = onPath(tree);
      const off = tree.nodes.flatMap((node, n) => (on.has(node) ? [] : [[node, shorter[n] ?? 0] as const]));
      t.is(replay(tree, { durations: new Map(off) }).duration, durationOf(tree));
    }),
    runs,
  );
});

test('a span saves no more by being shorter than what it and those below it held of the path', t => {
  fc.assert(
    fc.property(tidyTrace, fc.nat(15), fc.nat(40), (trace, pick, duration) => {
      const tree = buildTree(trace);
      const node = tree.nodes[pick % tree.nodes.length] as SpanNode;
      const held = pathTimeBySpan(criticalPath(tree));
      const cost = sum(subtree(node).map(each => held.get(each) ?? 0));
      t.true(durationOf(tree) - replay(tree, { durations: new Map([[node, duration]]) }).duration <= cost);
    }),
    runs,
  );
});

test('no span has less than no time of its own, and every table of the path adds up to the root', t => {
  fc.assert(
    fc.property(messyTrace, trace => {
      const tree = buildTree(trace);
      const own = tree.nodes.map(selfTime);
      t.true(own.every((time, n) => time >= 0 && time <= lengthOf(tree.nodes[n] as SpanNode)));
      const { byKind, byService, byOperation } = timeUse(tree, criticalPath(tree));
      for (const shares of [byKind, byService, byOperation]) {
        t.is(sum(shares.map(({ critical }) => critical)), durationOf(tree));
        t.is(sum(shares.map(({ self }) => self)), sum(own));
        t.is(sum(shares.map(({ spans }) => spans)), tree.nodes.length);
      }
    }),
    runs,
  );
});

test('no trace makes a diagnosis throw, and none is saved more than it took', t => {
  fc.assert(
    fc.property(messyTrace, trace => {
      const { tree, duration, findings, whatIf } = diagnose(trace);
      t.true(whatIf >= 0 && whatIf <= duration);
      for (const { spans, saving = 0, cost, entry } of findings) {
        const took = lengthOf(entry);
        t.true(spans.length > 0 && saving >= 0 && saving <= took && cost <= took);
        if (entry === tree.root) t.true(whatIf <= duration - saving);
      }
    }),
    runs,
  );
});
