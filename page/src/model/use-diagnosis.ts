import { useEffect, useState } from 'preact/hooks';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree, type TraceTree } from '../../../diagnosis/tree.ts';
import { diagnosisOf } from './diagnoser.ts';

export interface Diagnosed {
  tree: TraceTree;
  /** Undefined until it is there; what could not be diagnosed has an error. */
  diagnosis: Diagnosis | undefined;
  error: string | undefined;
}

/** The tree at once, the diagnosis when it is done. */
export function useDiagnosis(trace: JaegerTrace, others?: readonly JaegerTrace[]): Diagnosed {
  const [diagnosed, setDiagnosed] = useState<Diagnosed>(() => undiagnosed(trace));
  useEffect(() => {
    let isCurrent = true;
    const { tree } = diagnosed.tree.trace === trace ? diagnosed : undiagnosed(trace);
    if (tree !== diagnosed.tree) setDiagnosed({ tree, diagnosis: undefined, error: undefined });
    diagnosisOf(tree, others).then(
      diagnosis => isCurrent && setDiagnosed({ tree: diagnosis.tree, diagnosis, error: undefined }),
      error => isCurrent && setDiagnosed({ tree, diagnosis: undefined, error: String(error) }),
    );
    return () => {
      isCurrent = false;
    };
    // The tree follows from the trace
  }, [trace, others]);
  return diagnosed.tree.trace === trace ? diagnosed : undiagnosed(trace);
}

const undiagnosed = (trace: JaegerTrace): Diagnosed => ({
  tree: buildTree(trace),
  diagnosis: undefined,
  error: undefined,
});
