/** OTLP's JSON, as the Collector's file exporter, SDKs, Jaeger's API v3 and Tempo write it. */
import type { JaegerProcess, JaegerSpan, JaegerTag } from '../diagnosis/jaeger.ts';
import type { GatheredTraces } from './gathered.ts';
import type { JsonFormat } from './json-format.ts';
import type { Encoding } from './otlp/encoding.ts';
import { lenientOtlpJson } from './otlp/lenient-json.ts';
import { OtlpTranslator } from './otlp/translate.ts';
import type { Reading } from './reading.ts';
import type { Process, Span, Tag } from './span.ts';
import { isObject, type JsonObject } from './trace-format.ts';

export const otlpJson: JsonFormat = {
  name: 'OTLP’s JSON',
  isDocument: value => isObject(value) && resourceSpansOf(value) !== undefined,
  read: (value, reading, traces) =>
    addOtlp(resourceSpansOf(value as JsonObject), lenientOtlpJson, reading, traces),
};

/** Java's logging exporter writes each ResourceSpans by itself. */
const bare = ['scopeSpans', 'scope_spans', 'instrumentationLibrarySpans'];

function resourceSpansOf(value: JsonObject): unknown[] | undefined {
  const list = value['resourceSpans'] ?? value['resource_spans'] ?? value['batches'];
  if (Array.isArray(list)) return list;
  return bare.some(name => Array.isArray(value[name])) ? [value] : undefined;
}

/** Adds the spans of a list of ResourceSpans to the traces. */
export function addOtlp(
  resourceSpans: unknown,
  encoding: Encoding,
  reading: Reading,
  traces: GatheredTraces,
): void {
  const processes = new Map<Process, JaegerProcess>();
  new OtlpTranslator(encoding, reading).translate(resourceSpans, span => {
    let process = processes.get(span.process);
    if (process === undefined) {
      process = { serviceName: span.process.serviceName, tags: span.process.tags.map(tagOf) };
      processes.set(span.process, process);
    }
    traces.addSpan(spanOf(span), process);
  });
}

const warningsKey = '@jaeger@warnings';

function spanOf({ process, startTime, duration, logs, warnings, ...span }: Span): JaegerSpan {
  const start = microseconds(startTime);
  const tags = span.tags.map(tagOf);
  return {
    ...span,
    startTime: start,
    // Both ends are rounded, rather than the length, so that no child ends after its parent by rounding.
    duration: microseconds(startTime + duration) - start,
    tags: warnings.length === 0 ? tags : tags.filter(({ key }) => key !== warningsKey),
    logs: logs.map(({ time, fields }) => ({ timestamp: microseconds(time), fields: fields.map(tagOf) })),
    processID: '',
    warnings: warnings.length === 0 ? null : warnings,
  };
}

/**
 * Nanoseconds since the epoch, which are more than a number holds, as µs with a fraction: a double has quarters of a
 * microsecond there, which keep the order of what happened within one.
 */
const microseconds = (nanoseconds: bigint): number =>
  Number(nanoseconds / 1_000n) + Number(nanoseconds % 1_000n) / 1_000;

/** What JavaScript has no exact number for, and what JSON has none for, is left as text. */
function tagOf(tag: Tag): JaegerTag {
  const { key, type } = tag;
  if (tag.type === 'int64') {
    const number = Number(tag.value);
    return { key, type, value: Number.isSafeInteger(number) ? number : String(tag.value) };
  }
  if (tag.type === 'float64' && !Number.isFinite(tag.value)) return { key, type, value: String(tag.value) };
  if (tag.type !== 'binary') return tag;
  return { key, type, value: tag.value.length === 0 ? null : Buffer.from(tag.value).toString('base64') };
}
