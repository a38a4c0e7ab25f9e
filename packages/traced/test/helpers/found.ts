/** What is found in drawn traces, as little as a test needs to say of it. */
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Finding, FindingKind } from '../../src/diagnosis/findings.ts';
import type { JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { diagnoseAll } from '../../src/diagnosis/set.ts';
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

export interface SetOptions extends DrawingOptions {
  secondsApart?: number;
}

/** A trace of each drawing, one so many seconds after the other; 1 s unless given. */
export function tracesOf(
  drawings: readonly string[],
  { secondsApart = 1, ...options }: SetOptions = {},
): JaegerTrace[] {
  return drawings.map((drawing, i) => {
    const { spans, ...trace } = timeline(drawing, options);
    const traceID = `t${i}`;
    const moved = spans.map(span => ({
      ...span,
      traceID,
      references: span.references.map(reference => ({ ...reference, traceID })),
      startTime: span.startTime + i * secondsApart * 1e6,
    }));
    return { ...trace, traceID, spans: moved };
  });
}

/** The findings of the last of some drawings beside the others. */
export const foundBeside = (drawings: readonly string[], options?: SetOptions): readonly Finding[] =>
  diagnoseAll(tracesOf(drawings, options)).diagnoses.at(-1)?.findings ?? [];

/** So many requests alike. */
export const times = (count: number, drawing: string): string[] =>
  Array.from({ length: count }, () => drawing);
