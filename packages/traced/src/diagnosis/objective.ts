/** An objective for how long requests take: whether a set of traces meets it, and which fixes would make it do so. */
import { type Diagnosis, whatIf } from './diagnose.ts';
import type { FindingGroup } from './set.ts';
import { mean, quantile, sorted } from './statistics.ts';

/** Such as `p95 < 300 ms`. */
export interface Objective {
  /** As it was written: `median`, `mean`, `max` or `p` and a number from 0 to 100. */
  statistic: string;
  /** µs that the statistic must stay below. */
  limit: number;
}

export interface ObjectiveResult {
  objective: Objective;
  /** µs: the statistic over all traces. */
  now: number;
  isMet: boolean;
  /** The groups to fix, in this order, until it would be met; empty where it is, or where no fix would do. */
  fixes: readonly FindingGroup[];
  /** µs: the statistic with these fixed; with all findings fixed, where that is not enough. */
  fixed: number;
  wouldBeMet: boolean;
}

/** The value of a statistic over durations in µs; NaN for one that there is not. */
export function statisticOf(name: string, durations: readonly number[]): number {
  if (name === 'mean') return mean(durations);
  const percent =
    name === 'median' ? 50 : name === 'max' ? 100 : Number(/^p(\d{1,2}(?:\.\d+)?|100)$/.exec(name)?.[1]);
  return quantile(sorted(durations), percent / 100);
}

/** Of the fixes, the one that brings the statistic down most is taken first; each by replay of every trace that has it. */
export function judge(
  objective: Objective,
  diagnoses: readonly Diagnosis[],
  groups: readonly FindingGroup[],
): ObjectiveResult {
  const { statistic, limit } = objective;
  const now = statisticOf(
    statistic,
    diagnoses.map(({ duration }) => duration),
  );
  if (now < limit) return { objective, now, isMet: true, fixes: [], fixed: now, wouldBeMet: true };
  const open = groups.filter(({ saving }) => saving !== undefined && saving > 0).slice(0, mostFixes);
  const fixes: FindingGroup[] = [];
  let fixed = now;
  while (fixed >= limit && open.length > 0) {
    const tried = open.map(group => ({ group, value: withFixed([...fixes, group], statistic, diagnoses) }));
    const best = tried.reduce((least, each) => (each.value < least.value ? each : least));
    if (best.value >= fixed) break;
    fixes.push(best.group);
    open.splice(open.indexOf(best.group), 1);
    fixed = best.value;
  }
  return { objective, now, isMet: false, fixes, fixed, wouldBeMet: fixed < limit };
}

/** Each is tried beside all others, and nobody fixes more. */
const mostFixes = 10;

/** The statistic if these groups' findings were fixed in all traces that have them. */
function withFixed(
  groups: readonly FindingGroup[],
  statistic: string,
  diagnoses: readonly Diagnosis[],
): number {
  const findings = new Set(groups.flatMap(group => group.findings));
  const durations = diagnoses.map(({ tree, duration, findings: all }) => {
    const own = all.filter(finding => findings.has(finding) && finding.entry === tree.root);
    return own.length === 0 ? duration : whatIf(tree, own);
  });
  return statisticOf(statistic, durations);
}
