/** What takes long enough to be done beside the page: plain data in, plain data out. */

import { baselineOf } from '../../../diagnosis/baseline.ts';
import { type Comparison, compare } from '../../../diagnosis/compare.ts';
import { diagnoseTree } from '../../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { diagnoseAll } from '../../../diagnosis/set.ts';
import { buildTree } from '../../../diagnosis/tree.ts';
import { toWire, type WireDiagnosis } from './diagnosis-wire.ts';

/** What a list says of a trace's diagnosis. */
export interface Verdict {
  findings: number;
  /** The first finding's; empty for none. */
  title: string;
  /** µs that fixing this one would save, and fixing all; 0 where nothing can be said. */
  saving: number;
  atMost: boolean;
  savingOfAll: number;
}

/** The same finding in several traces of a set; savings are medians in µs. */
export interface Pattern {
  title: string;
  service: string;
  operation: string;
  traces: number;
  saving: number;
  atMost: boolean;
  /** The id of a trace that has it. */
  example: string;
}

export interface SetVerdict {
  /** In the order of the ids. */
  verdicts: Verdict[];
  patterns: Pattern[];
}

/** The traces of the last set, so that one more trace does not have all others sent again. */
let known = new Map<string, JaegerTrace>();

export const tasks = {
  /** Diagnoses a trace beside others of its kind. */
  one({ trace, others }: { trace: JaegerTrace; others: readonly JaegerTrace[] }): WireDiagnosis {
    const tree = buildTree(trace);
    const baseline = others.length > 0 ? baselineOf([tree, ...others.map(buildTree)]) : undefined;
    return toWire(diagnoseTree(tree, baseline));
  },

  /** Diagnoses traces together: those added since the last time, and of those sent before the ones named. */
  set({ ids, added }: { ids: readonly string[]; added: readonly JaegerTrace[] }): SetVerdict {
    const all = new Map([...known, ...added.map(trace => [trace.traceID, trace] as const)]);
    const traces = ids.flatMap(id => all.get(id) ?? []);
    known = new Map(traces.map(trace => [trace.traceID, trace]));
    const { diagnoses, groups } = diagnoseAll(traces);
    return {
      verdicts: diagnoses.map(({ findings, duration, whatIf }) => ({
        findings: findings.length,
        title: findings[0]?.title ?? '',
        saving: findings[0]?.saving ?? 0,
        atMost: findings[0]?.atMost === true,
        savingOfAll: duration - whatIf,
      })),
      patterns: groups.map(({ title, service, operation, traces, saving, atMost, example }) => ({
        title,
        service,
        operation,
        traces,
        saving: saving ?? 0,
        atMost,
        example: example.diagnosis.tree.traceId,
      })),
    };
  },

  compare({ before, after }: Record<'before' | 'after', readonly JaegerTrace[]>): Comparison {
    return compare(before, after);
  },
};

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
