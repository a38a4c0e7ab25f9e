/** Puts traces in Jaeger's JSON, drawn ones too, into our own backend. */
import { createHash } from 'node:crypto';
import type { JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import type { Process, Span, Tag } from '../../src/read/span.ts';

export interface StoredAs {
  /** 32 hexadecimal digits. */
  traceID: string;
  /** When the trace began, ms since the Unix epoch; now unless given. */
  at?: number;
  /** Tags of every process. */
  processTags?: Record<string, string>;
}

/** The trace's spans as the store keeps them, with ids of their own for those that are not hexadecimal. */
export function storedTrace(
  trace: JaegerTrace,
  { traceID, at = Date.now(), processTags = {} }: StoredAs,
): Span[] {
  const start = Math.min(...trace.spans.map(({ startTime }) => startTime));
  const hex = (id: string): string =>
    /^[0-9a-f]{16}$/.test(id)
      ? id
      : createHash('sha256')
          .update(traceID + id)
          .digest('hex')
          .slice(0, 16);
  const moved = (time: number) => BigInt(Math.round(at * 1e3 + time - start)) * 1_000n;
  const processes = new Map<string, Process>();
  for (const [id, { serviceName, tags }] of Object.entries(trace.processes)) {
    const own = Object.entries(processTags).map(([key, value]) => ({ key, type: 'string' as const, value }));
    processes.set(id, { serviceName, tags: [...tags.map(toTag), ...own] });
  }
  return trace.spans.map(span => ({
    traceID,
    spanID: hex(span.spanID),
    flags: 1,
    operationName: span.operationName,
    references: (span.references ?? []).map(({ refType, spanID }) => ({
      refType,
      traceID,
      spanID: hex(spanID),
    })),
    startTime: moved(span.startTime),
    duration: BigInt(Math.round(span.duration)) * 1_000n,
    tags: (span.tags ?? []).map(toTag),
    logs: (span.logs ?? []).map(({ timestamp, fields }) => ({
      time: moved(timestamp),
      fields: fields.map(toTag),
    })),
    process: processes.get(span.processID) ?? { serviceName: '?', tags: [] },
    warnings: span.warnings ?? [],
  }));
}

function toTag({ key, type, value }: JaegerTag): Tag {
  if (type === 'bool') return { key, type, value: value === true || value === 'true' };
  if (type === 'int64') return { key, type, value: BigInt(Math.round(Number(value))) };
  if (type === 'float64') return { key, type, value: Number(value) };
  return { key, type: 'string', value: String(value) };
}
