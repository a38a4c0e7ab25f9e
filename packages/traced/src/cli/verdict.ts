/** Whether what was found is to fail a pipeline. */

import { formatDuration } from '../diagnosis/duration.ts';
import { type Certainty, certainties, type Finding, type FindingKind } from '../diagnosis/findings.ts';
import type { SetDiagnosis } from '../diagnosis/set.ts';

export interface Limits {
  failOn?: FindingKind[];
  /** µs */
  minCost?: number;
  /** µs */
  minSaving?: number;
  /** The least certain that counts; likely unless given. */
  certainty?: Certainty;
}

/** Why a finding is accepted; undefined where it is not. */
export type Acknowledged = (finding: Finding) => string | undefined;

/** Whether a finding costs, or would save, more than is allowed. */
const isOver = ({ cost, saving }: Finding, { minCost, minSaving }: Limits): boolean =>
  (minCost !== undefined && cost > minCost) || (minSaving !== undefined && (saving ?? 0) > minSaving);

const isSure = (finding: Finding, { certainty = 'likely' }: Limits): boolean =>
  certainties.indexOf(finding.certainty) <= certainties.indexOf(certainty);

/** Whether a finding makes the command end with exit status 1. */
export const fails = (finding: Finding, limits: Limits, acknowledged: Acknowledged): boolean =>
  (limits.failOn?.includes(finding.kind) === true || isOver(finding, limits)) &&
  isSure(finding, limits) &&
  acknowledged(finding) === undefined;

/** Why the command is to end with exit status 1; undefined where it is not. */
export function verdict(
  { diagnoses, objective }: SetDiagnosis,
  limits: Limits,
  acknowledged: Acknowledged,
): string | undefined {
  const traces = new Map<FindingKind, number>();
  let highest = 0;
  for (const { findings } of diagnoses) {
    const counted = findings.filter(finding => fails(finding, limits, acknowledged));
    for (const kind of new Set(counted.map(({ kind }) => kind)))
      traces.set(kind, (traces.get(kind) ?? 0) + 1);
    for (const finding of counted) if (isOver(finding, limits)) highest = Math.max(highest, finding.cost);
  }
  const reasons: string[] = [];
  if (objective?.isMet === false) {
    const { statistic, limit } = objective.objective;
    reasons.push(`${statistic} is ${formatDuration(objective.now)}, not below ${formatDuration(limit)}`);
  }
  if (traces.size === 0) return reasons.length === 0 ? undefined : `exit status 1: ${reasons.join(', ')}`;
  const kinds = [...traces].map(([kind, count]) =>
    diagnoses.length === 1 ? kind : `${kind} in ${count} of ${diagnoses.length} traces`,
  );
  const cost = highest > 0 ? `; the most expensive cost ${formatDuration(highest)}` : '';
  return `exit status 1: ${[...reasons, ...kinds].join(', ')}${cost}`;
}
