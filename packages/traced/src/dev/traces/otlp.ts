/** OTLP spans as Jaeger's collector stores them. */
import { otlpJson, parseOtlpJson } from '../../read/otlp/json.ts';
import { otlpProtobuf, parseOtlpProtobuf } from '../../read/otlp/protobuf.ts';
import { OtlpTranslator } from '../../read/otlp/translate.ts';
import { Reading } from '../../read/reading.ts';
import type { Span } from '../../read/span.ts';
import { object } from '../../read/trace-format.ts';
import { LimitError, MAX_SPANS, MAX_VALUES } from './limits.ts';

/**
 * The spans of one ExportTraceServiceRequest, as Jaeger 1.76 stores them: translated, its sanitizer's corrections
 * included. Throws `TraceFormatError` where the body is not such a request, `LimitError` where it is too large.
 */
export function decodeOtlp(body: Uint8Array, encoding: 'json' | 'protobuf'): Span[] {
  const [scalars, request] =
    encoding === 'json' ? [otlpJson, object(parseOtlpJson(body))] : [otlpProtobuf, parseOtlpProtobuf(body)];
  const reading = new Reading({ count: counter() });
  const spans: Span[] = [];
  const translator = new OtlpTranslator(scalars, reading);
  translator.translate(scalars.field(request, 'resourceSpans'), span => spans.push(span));
  for (const span of spans) correctDuration(span);
  moveWarnings(spans);
  return spans;
}

function counter(): (what: string, items: number) => void {
  let spans = 0;
  let values = 0;
  return (what, items) => {
    values += items;
    if (what === 'span') spans += items;
    if (spans > MAX_SPANS) throw new LimitError(`too many spans, at most ${MAX_SPANS} are read`);
    if (values > MAX_VALUES) throw new LimitError(`${values} values, at most ${MAX_VALUES} are read`);
  };
}

function correctDuration(span: Span): void {
  if (span.duration > 0n) return;
  const { startTime, duration } = span;
  span.warnings.push(
    `Negative duration detected, sanitizing end timestamp. Original end timestamp: ${timeText(startTime + duration)}, ` +
      `adjusted to: ${timeText(startTime + 1n)}`,
  );
  span.duration = 1n;
}

// Jaeger finds the span that a warning belongs to by span id alone: of two spans with one id in a request,
// the later has both their warnings.
function moveWarnings(spans: readonly Span[]): void {
  const warned = spans.filter(({ warnings }) => warnings.length > 0);
  if (warned.length === 0) return;
  const last = new Map(spans.map(span => [span.spanID, span]));
  const targets = new Map<Span, string[]>();
  for (const span of warned) {
    const target = last.get(span.spanID) ?? span;
    const warnings = targets.get(target) ?? [];
    for (const warning of span.warnings) warnings.push(warning);
    targets.set(target, warnings);
    span.warnings = [];
  }
  for (const [span, warnings] of targets) {
    span.warnings = warnings;
    span.tags = span.tags.filter(({ key }) => key !== '@jaeger@warnings');
  }
}

// A time as Go prints it, in UTC with only as many digits as it needs.
function timeText(nanoseconds: bigint): string {
  const second = 1_000_000_000n;
  const fraction = ((nanoseconds % second) + second) % second;
  const date = new Date(Number((nanoseconds - fraction) / 1_000_000n)).toISOString();
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${date.slice(0, 10)} ${date.slice(11, 19)}${digits === '' ? '' : `.${digits}`} +0000 UTC`;
}
