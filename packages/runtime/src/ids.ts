import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

/** As for spans: unique by `Math.random`, and no secret. `node:crypto` would take a cold start 4 ms to load. */
export const { generateTraceId, generateSpanId } = new RandomIdGenerator();

/** A UUID of version 4 (RFC 9562, 5.4). */
export function uuid(): string {
  const hex = generateTraceId();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
