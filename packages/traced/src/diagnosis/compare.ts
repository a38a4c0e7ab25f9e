/** Compares traces from before and after a change: where the request's time went that it takes less or more. */
import { withoutNumbers } from '../semantics/index.ts';
import { comparePaths, type PathComparison, type Trees } from './compare-paths.ts';
import { conclusionOf, sentenceOf } from './compare-text.ts';
import type { JaegerTrace } from './jaeger.ts';
import { pathKey } from './path-times.ts';
import { groupBy, lengthOf } from './sequence.ts';
import { type Difference, MedianComparer, mean, median, quantile, sorted } from './statistics.ts';
import { buildTree, type SpanNode, type TraceTree } from './tree.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What requests took in one set of traces; µs. */
export interface RequestTimes {
  traces: number;
  median: number;
  p95: number;
  mean: number;
}

/** One kind of request in both sets: that whose traces have this root. */
export interface RequestComparison {
  service: string;
  operation: string;
  before: RequestTimes;
  after: RequestTimes;
  /** Of the median duration. */
  change: Difference;
  /** Of the mean duration, since only means add up: the sum of all paths' contributions. */
  meanChange: number;
  verdict: Verdict;
  /** The largest contribution first. */
  paths: readonly PathComparison[];
  sentence: string;
}

/** A kind of request that only one set has. */
export interface LoneRequest {
  service: string;
  operation: string;
  traces: number;
  /** Duration in µs. */
  median: number;
}

export interface Comparison {
  /** How many traces there are in each set; those without spans are left out. */
  before: number;
  after: number;
  /** What changed most for most traces first. */
  requests: readonly RequestComparison[];
  onlyBefore: readonly LoneRequest[];
  onlyAfter: readonly LoneRequest[];
  /** A sentence. */
  conclusion: string;
}

/** Compares two sets of traces, each of one or more. n log n. No traces make it throw. */
export function compare(before: readonly JaegerTrace[], after: readonly JaegerTrace[]): Comparison {
  const groups = { before: requestsOf(before), after: requestsOf(after) };
  const comparer = new MedianComparer();
  const requests: RequestComparison[] = [];
  for (const [key, trees] of groups.before) {
    const others = groups.after.get(key);
    if (others !== undefined) requests.push(compareRequests({ before: trees, after: others }, comparer));
  }
  requests.sort((a, b) => weight(b) - weight(a));
  const compared = {
    before: traceCount(groups.before),
    after: traceCount(groups.after),
    requests,
    onlyBefore: lone(groups.before, groups.after),
    onlyAfter: lone(groups.after, groups.before),
  };
  return { ...compared, conclusion: conclusionOf(compared) };
}

type Requests = ReadonlyMap<string, TraceTree[]>;

function requestsOf(traces: readonly JaegerTrace[]): Requests {
  const trees = traces.map(buildTree).filter(({ root }) => root !== undefined);
  return groupBy(trees, ({ root }) => pathKey(root as SpanNode));
}

const traceCount = (requests: Requests): number =>
  [...requests.values()].reduce((sum, trees) => sum + trees.length, 0);

const durations = (trees: readonly TraceTree[]): number[] =>
  trees.map(({ root }) => (root ? lengthOf(root) : 0));

function lone(requests: Requests, others: Requests): LoneRequest[] {
  return [...requests]
    .filter(([key]) => !others.has(key))
    .map(([, trees]) => ({ ...nameOf(trees), traces: trees.length, median: median(durations(trees)) }))
    .sort((a, b) => b.traces - a.traces);
}

/** Without the ids in it, unless all have the same name. */
function nameOf(trees: readonly TraceTree[]): { service: string; operation: string } {
  const [first, ...others] = trees.map(({ root }) => root);
  const name = first?.name ?? '?';
  const same = others.every(other => other?.name === name);
  return { service: first?.service ?? '?', operation: same ? name : withoutNumbers(name) };
}

const weight = ({ change, before, after }: RequestComparison): number =>
  Math.abs(change.by) * (before.traces + after.traces);

function compareRequests(trees: Trees, comparer: MedianComparer): RequestComparison {
  const took = { before: durations(trees.before), after: durations(trees.after) };
  const before = requestTimes(took.before);
  const after = requestTimes(took.after);
  const change = comparer.difference(took.before, took.after);
  const compared = {
    ...nameOf([...trees.before, ...trees.after]),
    before,
    after,
    change,
    meanChange: after.mean - before.mean,
    verdict: verdictOf(took.before, took.after, change, { before: before.median, after: after.median }),
    paths: comparePaths(trees, comparer),
  };
  return { ...compared, sentence: sentenceOf(compared) };
}

function requestTimes(took: readonly number[]): RequestTimes {
  const ascending = sorted(took);
  return {
    traces: took.length,
    median: quantile(ascending, 0.5),
    p95: quantile(ascending, 0.95),
    mean: mean(took),
  };
}
