import { useEffect, useMemo, useState } from 'preact/hooks';
import { criticalPath, type PathSection } from '../../../diagnosis/critical-path.ts';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree, type TraceTree } from '../../../diagnosis/tree.ts';
import { inBackground } from './background.ts';
import { fromWire } from './diagnosis-wire.ts';
import { othersLike } from './others.ts';

export interface Diagnosed {
  tree: TraceTree;
  path: readonly PathSection[];
  /** Undefined until it is there, or for good where there is an error. */
  diagnosis: Diagnosis | undefined;
  error: string | undefined;
}

/** The tree and its critical path at once, the diagnosis when it is done. */
export function useDiagnosis(trace: JaegerTrace): Diagnosed {
  const read = useMemo(() => {
    const tree = buildTree(trace);
    return { tree, path: criticalPath(tree) };
  }, [trace]);
  const [outcome, setOutcome] = useState<{ tree?: TraceTree; diagnosis?: Diagnosis; error?: string }>({});
  useEffect(() => {
    const { tree } = read;
    const controller = new AbortController();
    const set = (next: typeof outcome) => {
      if (!controller.signal.aborted) setOutcome({ ...next, tree });
    };
    othersLike(tree, controller.signal)
      .then(others => inBackground('one', { trace, others }))
      .then(
        wire => set({ diagnosis: fromWire(tree, wire) }),
        error => set({ error: error instanceof Error ? error.message : String(error) }),
      );
    return () => controller.abort();
  }, [trace, read]);
  const { diagnosis, error } = outcome.tree === read.tree ? outcome : {};
  return { ...read, diagnosis, error };
}
