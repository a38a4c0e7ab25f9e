/** What the traces of a system are usually like, to see beside it what one of them does. */
import { instanceIn } from '../semantics/index.ts';
import { operationOf } from './calls.ts';
import { PathNumbers } from './path-numbers.ts';
import { cacheableFor, urlOf } from './rules/no-reuse.ts';
import { groupBy, lengthOf } from './sequence.ts';
import { median as medianOf } from './statistics.ts';
import { selfTime } from './time-use.ts';
import type { SpanNode, TraceTree } from './tree.ts';

export interface Baseline {
  /** How many traces it knows. */
  readonly traces: number;
  /** The median duration in µs of spans on the same path through the tree; undefined for fewer than five traces. */
  medianAt(node: SpanNode): number | undefined;
  /** The same of the time that they take by themselves. */
  selfMedianAt(node: SpanNode): number | undefined;
  /** Whether most requests to the span's service, on the same path, have such a span, too; false for fewer than five. */
  isCommon(node: SpanNode): boolean;
  /** Whether the same process had sent this GET before, within the time for which its answer may be kept. */
  isRepeated(node: SpanNode): boolean;
  /** Whether the same service answered such requests without this GET, within the time for which it kept the answer. */
  isRefresh(node: SpanNode): boolean;
}

/** From so many traces on, there is a baseline. */
const leastTraces = 5;

interface Path {
  traces: number;
  lengths: number[];
  selves: number[];
}

interface Seen {
  /** µs since the Unix epoch. */
  time: number;
  /** Of the trace and the span: a span's own is unique within its trace only. */
  ids: string;
}

/** What these traces are like together. */
export function baselineOf(trees: readonly TraceTree[]): Baseline {
  const numbers = new PathNumbers();
  const paths = new Map<number, Path>();
  for (const tree of trees) addPaths(numbers.add(tree.nodes), paths);
  const pathOf = (node: SpanNode | undefined) => paths.get((node && numbers.find(node)) ?? -1);
  const medianOfPath = (node: SpanNode, values: (path: Path) => number[]) => {
    const path = pathOf(node);
    return path === undefined || path.traces < leastTraces ? undefined : medianOf(values(path));
  };
  const nodes = trees.flatMap(tree => tree.nodes);
  const gets = seenBy(
    getKey,
    nodes.filter(node => cacheableFor(node) > 0),
  );
  const places = seenBy(
    placeKey,
    nodes.filter(node => node.kind === 'server'),
  );
  const isRepeated = (node: SpanNode) => isNear(gets.get(getKey(node)), node, node);
  return {
    traces: trees.length,
    medianAt: node => medianOfPath(node, ({ lengths }) => lengths),
    selfMedianAt: node => medianOfPath(node, ({ selves }) => selves),
    isCommon: node => {
      const [traces = 0, requests = 0] = [pathOf(node)?.traces, pathOf(requestOf(node))?.traces];
      return traces >= leastTraces && traces > requests / 2;
    },
    isRepeated,
    isRefresh: node =>
      !isRepeated(node) &&
      node.parent !== undefined &&
      isNear(places.get(placeKey(node.parent)), node.parent, node),
  };
}

function addPaths(numbers: ReadonlyMap<SpanNode, number>, paths: Map<number, Path>): void {
  const inThisTrace = new Set<number>();
  for (const [node, number] of numbers) {
    const path = paths.get(number) ?? { traces: 0, lengths: [], selves: [] };
    paths.set(number, path);
    if (!inThisTrace.has(number)) path.traces++;
    inThisTrace.add(number);
    path.lengths.push(lengthOf(node));
    path.selves.push(selfTime(node));
  }
}

/** The span of the request to the service that the span is a part of. */
function requestOf(node: SpanNode): SpanNode {
  let at = node;
  while (at.kind !== 'server' && at.parent !== undefined) at = at.parent;
  return at;
}

/** The process that a span is from, as far as it can be told across traces. */
const instanceOf = ({ process, service }: SpanNode): string => instanceIn(process?.tags) || service;

const getKey = (node: SpanNode): string => JSON.stringify([instanceOf(node), urlOf(node)]);
const placeKey = (node: SpanNode): string =>
  JSON.stringify([instanceOf(node), node.service, operationOf(node)]);

function seenBy(key: (node: SpanNode) => string, nodes: readonly SpanNode[]): Map<string, Seen[]> {
  const seen = new Map<string, Seen[]>();
  for (const [name, group] of groupBy(nodes, key)) {
    seen.set(
      name,
      group
        .map(node => ({ time: Number(node.span.startTime), ids: idsOf(node) }))
        .sort((a, b) => a.time - b.time),
    );
  }
  return seen;
}

const idsOf = ({ span }: SpanNode): string => `${span.traceID} ${span.spanID}`;

/** Whether another span like one began so close to it that the answer to a GET could have served both. */
function isNear(seen: readonly Seen[] = [], like: SpanNode, get: SpanNode): boolean {
  const limit = cacheableFor(get) * 1e6;
  const time = Number(like.span.startTime);
  let from = 0;
  let to = seen.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((seen[middle] as Seen).time > time - limit) to = middle;
    else from = middle + 1;
  }
  // The span itself is among them: the second one says it.
  return seen.slice(from, from + 2).some(other => other.ids !== idsOf(like) && other.time < time + limit);
}
