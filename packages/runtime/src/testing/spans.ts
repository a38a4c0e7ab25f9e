import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

interface Recorded {
  /** How many have begun and not ended. */
  open: number;
  started: ReadableSpan[];
  ended: ReadableSpan[];
  waiting: (() => void)[];
}

/** Keeps the spans of every trace in memory: for tests. */
export class RecordedSpans implements SpanProcessor {
  readonly #traces = new Map<string, Recorded>();

  onStart(span: ReadableSpan): void {
    const trace = this.#trace(span.spanContext().traceId);
    trace.started.push(span);
    trace.open++;
  }

  onEnd(span: ReadableSpan): void {
    const trace = this.#trace(span.spanContext().traceId);
    trace.ended.push(span);
    trace.open--;
    if (trace.open > 0) return;
    for (const resolve of trace.waiting.splice(0)) resolve();
  }

  /** The spans of a trace, in the order of their starts, once none of them is open. */
  async of(traceId: string): Promise<ReadableSpan[]> {
    const trace = this.#trace(traceId);
    if (trace.open > 0 || trace.ended.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      trace.waiting.push(resolve);
      await promise;
    }
    return trace.started;
  }

  /** Those that have ended so far. */
  endedOf(traceId: string): readonly ReadableSpan[] {
    return this.#traces.get(traceId)?.ended ?? [];
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #trace(traceId: string): Recorded {
    const known = this.#traces.get(traceId);
    if (known !== undefined) return known;
    const trace: Recorded = { open: 0, started: [], ended: [], waiting: [] };
    this.#traces.set(traceId, trace);
    return trace;
  }
}
