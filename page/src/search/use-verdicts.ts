import { useEffect, useState } from 'preact/hooks';
import type { Finding } from '../../../diagnosis/findings.ts';
import { diagnosisOf } from '../model/diagnoser.ts';
import type { TraceSummary } from '../model/summary.ts';

/** What a list says of a trace's diagnosis. */
export interface Verdict {
  findings: number;
  worst: Finding | undefined;
  /** µs that mending all would save. */
  saving: number;
  all: readonly Finding[];
}

/** Diagnoses the traces of a list one after the other, in between of what the reader does. */
export function useVerdicts(traces: readonly TraceSummary[]): ReadonlyMap<TraceSummary, Verdict> {
  const [verdicts, setVerdicts] = useState<ReadonlyMap<TraceSummary, Verdict>>(new Map());
  useEffect(() => {
    let isCurrent = true;
    const read = async () => {
      const known = new Map([...verdicts].filter(([summary]) => traces.includes(summary)));
      for (const summary of traces) {
        if (known.has(summary)) continue;
        const diagnosis = await diagnosisOf(summary.tree).catch(() => undefined);
        if (!isCurrent) return;
        if (diagnosis === undefined) continue;
        const { findings, duration, whatIf } = diagnosis;
        known.set(summary, {
          findings: findings.length,
          worst: findings[0],
          saving: duration - whatIf,
          all: findings,
        });
        setVerdicts(new Map(known));
      }
    };
    void read();
    return () => {
      isCurrent = false;
    };
    // What is known already only spares work
  }, [traces]);
  return verdicts;
}
