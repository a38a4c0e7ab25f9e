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

/** Why the command is to end with exit status 1; undefined where it is not. */
export function verdict(
  { diagnoses, objective }: SetDiagnosis,
  { failOn = [], minCost, minSaving, certainty = 'likely' }: Limits,
): string | undefined {
  const isOver = ({ cost, saving }: Finding) =>
    (minCost !== undefined && cost > minCost) || (minSaving !== undefined && (saving ?? 0) > minSaving);
  const isSure = (finding: Finding) =>
    certainties.indexOf(finding.certainty) <= certainties.indexOf(certainty);
  const traces = new Map<FindingKind, number>();
  let dearest = 0;
  for (const { findings } of diagnoses) {
    const counted = findings.filter(
      finding => isSure(finding) && (failOn.includes(finding.kind) || isOver(finding)),
    );
    for (const kind of new Set(counted.map(({ kind }) => kind)))
      traces.set(kind, (traces.get(kind) ?? 0) + 1);
    dearest = counted.filter(isOver).reduce((most, { cost }) => Math.max(most, cost), dearest);
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
  const cost = dearest > 0 ? `; the most expensive cost ${formatDuration(dearest)}` : '';
  return `exit status 1: ${[...reasons, ...kinds].join(', ')}${cost}`;
}
