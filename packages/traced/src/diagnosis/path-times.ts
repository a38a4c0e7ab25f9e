/** Two sets of traces laid over each other: what the spans on each path through their trees took. */
import { withoutNumbers } from '../semantics/index.ts';
import { criticalPath, pathTimeBySpan } from './critical-path.ts';
import { lengthOf } from './sequence.ts';
import { median } from './statistics.ts';
import { selfTime } from './time-use.ts';
import type { SpanNode, TraceTree } from './tree.ts';

export type Side = 'before' | 'after';

/** What the spans on one path took in one set of traces; µs. */
export interface Samples {
  /** Of all spans. */
  durations: number[];
  /** The median span of each trace that has any there. */
  medians: number[];
  /** On the critical path, by each trace that has any there. */
  critical: number[];
  /** Own time of all spans. */
  self: number;
}

/** The same place in the trees of different traces: services and names from the root down, ids in names aside. */
export interface Path extends Record<Side, Samples> {
  readonly service: string;
  /** Without ids, unless all spans there have the same name. */
  name: string;
  /** Undefined for roots. */
  readonly parent: Path | undefined;
  /** 0 for roots. */
  readonly depth: number;
}

/** Equal for spans that, below one parent, are on one path. */
export const pathKey = ({ service, name }: SpanNode): string =>
  JSON.stringify([service, withoutNumbers(name)]);

/** The paths of all spans in the order of a waterfall: parents before their children. n log n. */
export function pathsOf(trees: Readonly<Record<Side, readonly TraceTree[]>>): Path[] {
  const top = new Map<string, Branch>();
  for (const tree of trees.before) addTree(tree, 'before', top);
  for (const tree of trees.after) addTree(tree, 'after', top);
  const paths: Path[] = [];
  const waiting = [...top.values()].reverse();
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    paths.push(branch.path);
    for (const child of [...branch.children.values()].reverse()) waiting.push(child);
  }
  return paths;
}

interface Branch {
  path: Path;
  children: Map<string, Branch>;
}

const noSamples = (): Samples => ({ durations: [], medians: [], critical: [], self: 0 });

function branchOf(node: SpanNode, parent: Branch | undefined, top: Map<string, Branch>): Branch {
  const siblings = parent?.children ?? top;
  const key = pathKey(node);
  let branch = siblings.get(key);
  if (branch === undefined) {
    const { service, name } = node;
    const depth = parent === undefined ? 0 : parent.path.depth + 1;
    const path = { service, name, parent: parent?.path, depth, before: noSamples(), after: noSamples() };
    branch = { path, children: new Map() };
    siblings.set(key, branch);
  } else if (branch.path.name !== node.name) {
    branch.path.name = withoutNumbers(node.name);
  }
  return branch;
}

function addTree(tree: TraceTree, side: Side, top: Map<string, Branch>): void {
  const held = pathTimeBySpan(criticalPath(tree));
  const branches = new Map<SpanNode, Branch>();
  const here = new Map<Path, { durations: number[]; critical: number }>();
  for (const node of tree.nodes) {
    const branch = branchOf(node, node.parent && branches.get(node.parent), top);
    branches.set(node, branch);
    const { path } = branch;
    const sum = here.get(path) ?? { durations: [], critical: 0 };
    here.set(path, sum);
    sum.durations.push(lengthOf(node));
    sum.critical += held.get(node) ?? 0;
    path[side].self += selfTime(node);
  }
  for (const [path, { durations, critical }] of here) {
    const samples = path[side];
    for (const duration of durations) samples.durations.push(duration);
    samples.medians.push(median(durations));
    samples.critical.push(critical);
  }
}
