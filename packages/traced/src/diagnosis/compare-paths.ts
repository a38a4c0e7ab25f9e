/** Compares what the spans on each path through the trees took in two sets of traces, and says why it changed. */
import { type Path, pathsOf, type Samples, type Side } from './path-times.ts';
import { type Difference, type MedianComparer, median, quantile, sorted } from './statistics.ts';
import type { TraceTree } from './tree.ts';
import { verdictOf } from './verdict.ts';

/** What the spans on one path took in one set of traces; µs. */
export interface PathTimes {
  /** How many traces have such spans. */
  traces: number;
  /** How many such spans a trace has: the mean over all traces of the set, those without any included. */
  spansPerTrace: number;
  /** Of the traces' medians, so that a trace with many such spans counts no more than others. */
  median: number;
  /** Of all such spans. */
  p95: number;
  longest: number;
  /** Time on the critical path for each trace of the set, 0 for those without such spans. */
  critical: number;
  criticalMean: number;
}

/**
 * Why a path takes more or less of the critical path: it is there only before or after (`gone`, `new`), its spans are
 * `more` or `fewer`, take by themselves longer or shorter (`slower`, `faster`), or take what they took and only now
 * hold up the request, or no more (`waited-for`, `not-waited-for`). Where the times of two sets may as well be equal, or
 * are too few to tell, it is `unclear`.
 */
export const causes = [
  'new',
  'gone',
  'more',
  'fewer',
  'slower',
  'faster',
  'waited-for',
  'not-waited-for',
  'unclear',
  'same',
] as const;

export type Cause = (typeof causes)[number];

export interface PathComparison {
  service: string;
  /** Ids in it are `#` where they differ. */
  operation: string;
  /** The same spans' parent; undefined for roots. */
  parent: PathComparison | undefined;
  /** 0 for roots. */
  depth: number;
  /** Undefined where no trace of the set has such spans. */
  before: PathTimes | undefined;
  after: PathTimes | undefined;
  /** Of the median of `critical` over all traces; undefined where one set has no such spans. */
  change: Difference | undefined;
  /** What it adds to the change of the request's mean duration: the change of `criticalMean`. */
  contribution: number;
  cause: Cause;
}

export type Trees = Readonly<Record<Side, readonly TraceTree[]>>;

/** The largest contribution first. */
export function comparePaths(trees: Trees, comparer: MedianComparer): PathComparison[] {
  const counts = { before: trees.before.length, after: trees.after.length };
  const compared = new Map<Path, PathComparison>();
  for (const path of pathsOf(trees)) {
    const before = pathTimes(path.before, counts.before);
    const after = pathTimes(path.after, counts.after);
    const contribution = (after?.criticalMean ?? 0) - (before?.criticalMean ?? 0);
    const selfChange = path.after.self / counts.after - path.before.self / counts.before;
    const critical = {
      before: ofEachTrace(path.before, counts.before),
      after: ofEachTrace(path.after, counts.after),
    };
    const change = before && after && comparer.difference(critical.before, critical.after);
    compared.set(path, {
      service: path.service,
      operation: path.name,
      parent: path.parent && compared.get(path.parent),
      depth: path.depth,
      before,
      after,
      change,
      contribution,
      cause: clearCause(causeOf(before, after, contribution, selfChange), critical, change),
    });
  }
  return [...compared.values()].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** Its time on the critical path, for each trace of the set. */
function ofEachTrace({ critical }: Samples, traces: number): number[] {
  return [...critical, ...new Array<number>(traces - critical.length).fill(0)];
}

function pathTimes(samples: Samples, traces: number): PathTimes | undefined {
  const { durations, medians, critical } = samples;
  if (durations.length === 0) return undefined;
  const ascending = sorted(durations);
  return {
    traces: medians.length,
    spansPerTrace: durations.length / traces,
    median: median(medians),
    p95: quantile(ascending, 0.95),
    longest: ascending.at(-1) ?? 0,
    critical: median(ofEachTrace(samples, traces)),
    criticalMean: critical.reduce((sum, time) => sum + time, 0) / traces,
  };
}

/**
 * A path is said to be slower or faster as a request is: where its times on the critical path tell it. The longest of
 * many spans may be all that changed, so that their medians would not. Of one trace each, it is what was seen.
 */
function clearCause(cause: Cause, { before, after }: Record<Side, number[]>, change?: Difference): Cause {
  if (change === undefined || (cause !== 'slower' && cause !== 'faster')) return cause;
  if (before.length === 1 && after.length === 1) return cause;
  const medians = { before: median(before), after: median(after) };
  return verdictOf(before, after, change, medians) === cause ? cause : 'unclear';
}

function causeOf(
  before: PathTimes | undefined,
  after: PathTimes | undefined,
  contribution: number,
  selfChange: number,
): Cause {
  if (before === undefined) return 'new';
  if (after === undefined) return 'gone';
  if (contribution === 0) return 'same';
  const grows = contribution > 0;
  // Its own time explains it where it changed the same way by at least half as much.
  if (selfChange / contribution < 0.5) return grows ? 'waited-for' : 'not-waited-for';
  const spans = after.spansPerTrace - before.spansPerTrace;
  const most = Math.max(after.spansPerTrace, before.spansPerTrace);
  if (Math.abs(spans) >= 0.2 * most && spans > 0 === grows) return grows ? 'more' : 'fewer';
  return grows ? 'slower' : 'faster';
}
