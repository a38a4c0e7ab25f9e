/** Spans in the JSON of Jaeger's query API. */
import type { JaegerProcess, JaegerSpan, JaegerTag, JaegerTrace } from '../../diagnosis/jaeger.ts';
import type { Process, Span, Tag } from '../../read/span.ts';
import { contentKey } from './adjust.ts';
import { each, runAtOnce, type Steps } from './slices.ts';

/** One trace of at least one span; processes are numbered p1, p2, … as they are met. */
export function toJaegerTrace(spans: readonly Span[]): JaegerTrace {
  return runAtOnce(jaegerSteps(spans));
}

/** As `toJaegerTrace`, for large traces. */
export function* jaegerSteps(spans: readonly Span[]): Steps<JaegerTrace> {
  const ids = new Map<string, string>();
  const known = new Map<Process, string>();
  const processes: Record<string, JaegerProcess> = {};
  const processID = ({ process }: Span): string => {
    let id = known.get(process);
    if (id === undefined) {
      const content = contentKey(process);
      id = ids.get(content) ?? `p${ids.size + 1}`;
      ids.set(content, id);
      known.set(process, id);
      processes[id] ??= { serviceName: process.serviceName, tags: process.tags.map(toJaegerTag) };
    }
    return id;
  };
  const jaegerSpans: JaegerSpan[] = [];
  // More spans may arrive meanwhile.
  yield* each([...spans], span => jaegerSpans.push(toJaegerSpan(span, processID(span))));
  return { traceID: spans[0]?.traceID ?? '', spans: jaegerSpans, processes, warnings: null };
}

function toJaegerSpan(span: Span, processID: string): JaegerSpan {
  return {
    traceID: span.traceID,
    spanID: span.spanID,
    ...(span.flags === 0 ? {} : { flags: span.flags }),
    operationName: span.operationName,
    references: span.references,
    startTime: microseconds(span.startTime),
    duration: microseconds(span.duration),
    tags: span.tags.map(toJaegerTag),
    logs: span.logs.map(log => ({ timestamp: microseconds(log.time), fields: log.fields.map(toJaegerTag) })),
    processID,
    warnings: span.warnings.length === 0 ? null : span.warnings,
  };
}

// Jaeger's are unsigned; a time before 1970 comes out as a huge number there too.
function microseconds(nanoseconds: bigint): number {
  return Number(BigInt.asUintN(64, nanoseconds / 1000n));
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function toJaegerTag(tag: Tag): JaegerTag {
  const { key, type } = tag;
  switch (tag.type) {
    case 'int64': {
      const safe = tag.value <= SAFE && tag.value >= -SAFE;
      return { key, type, value: safe ? Number(tag.value) : String(tag.value) };
    }
    case 'float64':
      // JSON has no such number. Jaeger fails with 500 for the whole trace; its text tells more.
      return { key, type, value: Number.isFinite(tag.value) ? tag.value : String(tag.value) };
    case 'binary':
      return { key, type, value: tag.value.length === 0 ? null : Buffer.from(tag.value).toString('base64') };
    default:
      return { key, type, value: tag.value };
  }
}
