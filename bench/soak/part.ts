import { quantileOfSorted } from '../statistics.ts';
import type { SteadyResult } from '../steady-load.ts';
import type { MemoryOverTime } from './samples.ts';

/** One part of the soak, and what came of it. */
export interface Part {
  title: string;
  rate: number;
  minutes: number;
  sent: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
  /** Traces that came whole; undefined where the collector was away. */
  complete: number | undefined;
  memory: Record<string, MemoryOverTime>;
}

export const partOf = (
  title: string,
  rate: number,
  { sent, failed, latencies }: SteadyResult,
  { complete, memory }: Pick<Part, 'complete' | 'memory'>,
): Part => ({
  title,
  rate,
  minutes: sent / rate / 60,
  sent,
  failed,
  p50Ms: quantileOfSorted(latencies, 0.5),
  p99Ms: quantileOfSorted(latencies, 0.99),
  complete,
  memory,
});

/** Memory that moves by less is the garbage collector's. */
const growthMb = 10;

/** What went wrong, a line each. */
export function troubles({ title, sent, failed, complete, memory }: Part): string[] {
  const lost = complete === undefined ? 0 : Math.max(0, sent - failed - complete);
  return [
    ...(failed > 0 ? [`${title}: ${failed} requests failed`] : []),
    ...(lost > 0 ? [`${title}: ${lost} traces were lost or not whole`] : []),
    ...Object.entries(memory)
      .filter(([, { growth }]) => growth > growthMb)
      .map(([name, { growth }]) => `${title}: ${name} grew by ${growth.toFixed(1)} MB`),
  ];
}

/**
 * How many traces are whole: those with at least as many spans as most have. One that fetched the page anew has more.
 */
export function wholeTraces(tracesBySpans: Record<number, number>): number {
  const entries = Object.entries(tracesBySpans).map(([spans, traces]) => ({ spans: Number(spans), traces }));
  const usual = entries.reduce((most, each) => (each.traces > most.traces ? each : most), {
    spans: 0,
    traces: 0,
  });
  return entries.reduce((sum, { spans, traces }) => (spans >= usual.spans ? sum + traces : sum), 0);
}
