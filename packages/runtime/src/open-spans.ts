import type { SpanProcessor } from '@opentelemetry/sdk-trace';

/** Counts the spans that have begun and not ended: what a function still does after its last response. */
export class OpenSpans implements SpanProcessor {
  count = 0;
  #onNone: (() => void) | undefined;

  onStart(): void {
    this.count++;
  }

  onEnd(): void {
    if (--this.count === 0) this.#onNone?.();
  }

  /** Resolves when no span is open. */
  async ended(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onNone = resolve;
    if (this.count > 0) await promise;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
