import { useEffect, useRef, useState } from 'preact/hooks';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { inBackground } from '../model/background.ts';
import type { TraceSummary } from '../model/summary.ts';
import type { Pattern, Verdict } from '../model/tasks.ts';

export interface Verdicts {
  /** By trace id. */
  of: ReadonlyMap<string, Verdict>;
  patterns: readonly Pattern[];
  /** Why there are none; empty where there is no reason to tell. */
  error: string;
}

const nothing: Verdicts = { of: new Map(), patterns: [], error: '' };

/** Diagnoses the traces of a list together; only those that are new are sent. */
export function useVerdicts(traces: readonly TraceSummary[]): Verdicts {
  const [verdicts, setVerdicts] = useState(nothing);
  const sent = useRef<ReadonlyMap<string, JaegerTrace>>(new Map());
  useEffect(() => {
    let isCurrent = true;
    const ids = traces.map(({ id }) => id);
    const added = traces.filter(({ id, trace }) => sent.current.get(id) !== trace);
    sent.current = new Map(traces.map(({ id, trace }) => [id, trace]));
    if (added.length === 0 && traces.length === 0) return;
    inBackground('set', { ids, added: added.map(({ trace }) => trace) }).then(
      ({ verdicts: list, patterns }) => {
        if (!isCurrent) return;
        setVerdicts({ of: new Map(list.map((verdict, i) => [ids[i] ?? '', verdict])), patterns, error: '' });
      },
      // A list without verdicts is still a list.
      error =>
        isCurrent &&
        setVerdicts({ ...nothing, error: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [traces]);
  return verdicts;
}
