import { setTimeout as pause } from 'node:timers/promises';
import { SpanKind } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';

/**
 * How long, in ms, the next span of a request may take to begin after the one before it has ended: a function that makes
 * calls sequentially after its response has no span open between them.
 */
const betweenMs = 200;

/** Counts the spans that have begun and not ended: what a function still does after its last response. */
export class OpenSpans implements SpanProcessor {
  count = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #onNone: (() => void) | undefined;

  onStart(): void {
    this.count++;
  }

  onEnd({ kind, parentSpanContext }: ReadableSpan): void {
    // Not of a trace that a timer of the function's begins again and again: it would never end.
    if (kind === SpanKind.SERVER || parentSpanContext !== undefined) this.#lastEnd = performance.now();
    if (--this.count === 0) this.#onNone?.();
  }

  /** Resolves when no span is open, and no other one has begun for a while after a request's last. */
  async ended(): Promise<void> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onNone = resolve;
      if (this.count > 0) await promise;
      const left = this.#lastEnd + betweenMs - performance.now();
      if (left <= 0) return;
      await pause(left);
      if (this.count === 0 && this.#lastEnd + betweenMs <= performance.now()) return;
    }
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
