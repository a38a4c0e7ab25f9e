import type { Context } from '@opentelemetry/api';
import { hrTimeToMilliseconds, millisToHrTime } from '@opentelemetry/core';
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace';

/**
 * Gives spans a start time in microseconds. The SDK takes it from `Date.now()`, whole milliseconds, so that fifty
 * commands of 0.1 ms, sent one after the other, would look as if they had overlapped. `performance.now()` orders them;
 * where the system's clock has been set since the process began, by more than it resolves, the SDK's own time stays.
 */
export class PreciseStart implements SpanProcessor {
  onStart(span: Span, _parent: Context): void {
    // The SDK's own note of the start, from which it measures the duration; pinned with the SDK's version.
    const { _performanceStartTime: began = performance.now() } = span as { _performanceStartTime?: number };
    const precise = performance.timeOrigin + began;
    const coarse = hrTimeToMilliseconds(span.startTime);
    if (precise - coarse > 2 || precise < coarse - 1) return;
    (span as { startTime: Span['startTime'] }).startTime = millisToHrTime(precise);
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
