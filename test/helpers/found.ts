/** What is found in drawn traces, as little as a test needs to say of it. */
import { diagnose } from '../../diagnosis/diagnose.ts';
import type { Finding, FindingKind } from '../../diagnosis/findings.ts';
import { diagnoseAll } from '../../diagnosis/set.ts';
import { type DrawingOptions, timeline } from './timeline.ts';

/** The findings of a drawing; a column is 1 ms. */
export const found = (drawing: string, options?: DrawingOptions): readonly Finding[] =>
  diagnose(timeline(drawing, options)).findings;

export const kindsIn = (drawing: string, options?: DrawingOptions): FindingKind[] =>
  found(drawing, options).map(({ kind }) => kind);

/** Kind, how many spans, and in µs: what they cost, what the request would take, what that saves. */
export const numbers = ({ kind, spans, cost, whatIf, saving }: Finding) => [
  kind,
  spans.length,
  cost,
  whatIf,
  saving,
];

/** The findings of the last of some drawings beside the others, which come so many seconds after one another. */
export function foundBeside(
  drawings: readonly string[],
  { secondsApart = 1, ...options }: DrawingOptions & { secondsApart?: number } = {},
): readonly Finding[] {
  const traces = drawings.map((drawing, i) => {
    const { spans, ...trace } = timeline(drawing, options);
    const traceID = `t${i}`;
    return {
      ...trace,
      traceID,
      spans: spans.map(span => ({
        ...span,
        traceID,
        references: span.references.map(reference => ({ ...reference, traceID })),
        startTime: span.startTime + i * secondsApart * 1e6,
      })),
    };
  });
  return diagnoseAll(traces).diagnoses.at(-1)?.findings ?? [];
}

/** So many requests alike. */
export const times = (count: number, drawing: string): string[] =>
  Array.from({ length: count }, () => drawing);
