/** How many spans wait, for how long, and how many leave at once. */
import { getNumberFromEnv } from '@opentelemetry/core';

export interface DeliveryLimits {
  /** A batch is sent when so many spans wait, or when the oldest has waited so long. */
  batchSpans: number;
  delayMs: number;
  /** What may wait; the oldest goes when it gets more. */
  waitingSpans: number;
  waitingBytes: number;
  /** The pause after a failed try, which doubles with each up to the longest; the true one is random, from half of it. */
  firstPauseMs: number;
  longestPauseMs: number;
}

/** The longest that a timer of Node's takes, in ms. */
const longestTimerMs = 2 ** 31 - 1;

/** Limits by which every batch has a span and every timer ends, whatever was asked for. */
export function usable(limits: DeliveryLimits): DeliveryLimits {
  const atLeast = (least: number, value: number, otherwise: number) =>
    Number.isNaN(value) ? otherwise : Math.max(least, value);
  const waitingSpans = atLeast(1, Math.floor(limits.waitingSpans), Number.POSITIVE_INFINITY);
  return {
    ...limits,
    waitingSpans,
    batchSpans: Math.min(waitingSpans, atLeast(1, Math.floor(limits.batchSpans), 512)),
    delayMs: Math.min(longestTimerMs, atLeast(0, limits.delayMs, 5_000)),
  };
}

/** OpenTelemetry's own settings and defaults for batches; its 2,048 spans are a bound here only if they are asked for. */
export const deliveryLimits = (): DeliveryLimits => ({
  batchSpans: getNumberFromEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') ?? 512,
  delayMs: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY') ?? 5_000,
  waitingSpans: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE') ?? Number.POSITIVE_INFINITY,
  // About 20,000 spans, the last minutes of a function that is not very busy.
  waitingBytes: 8 * 1024 * 1024,
  firstPauseMs: 100,
  longestPauseMs: 5_000,
});

/** OpenTelemetry's limit for one export and for a flush, in ms. */
export const exportTimeoutMs = (): number => getNumberFromEnv('OTEL_BSP_EXPORT_TIMEOUT') ?? 30_000;
