/** Whether what was found is to fail a pipeline. */

import { formatDuration } from '../diagnosis/duration.ts';
import type { Finding, FindingKind } from '../diagnosis/findings.ts';
import type { SetDiagnosis } from '../diagnosis/set.ts';

export interface Limits {
  failOn?: FindingKind[];
  /** µs */
  minCost?: number;
  /** µs */
  minSaving?: number;
}

/** Why the command is to end with exit status 1; undefined where it is not. */
export function verdict(
  { diagnoses }: SetDiagnosis,
  { failOn = [], minCost, minSaving }: Limits,
): string | undefined {
  const isOver = ({ cost, saving }: Finding) =>
    (minCost !== undefined && cost > minCost) || (minSaving !== undefined && (saving ?? 0) > minSaving);
  const traces = new Map<FindingKind, number>();
  let dearest = 0;
  for (const { findings } of diagnoses) {
    const counted = findings.filter(finding => failOn.includes(finding.kind) || isOver(finding));
    for (const kind of new Set(counted.map(({ kind }) => kind)))
      traces.set(kind, (traces.get(kind) ?? 0) + 1);
    dearest = counted.filter(isOver).reduce((most, { cost }) => Math.max(most, cost), dearest);
  }
  if (traces.size === 0) return undefined;
  const kinds = [...traces].map(([kind, count]) =>
    diagnoses.length === 1 ? kind : `${kind} in ${count} of ${diagnoses.length} traces`,
  );
  const cost = dearest > 0 ? `; the most expensive cost ${formatDuration(dearest)}` : '';
  return `exit status 1: ${kinds.join(', ')}${cost}`;
}
