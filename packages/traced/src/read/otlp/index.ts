/** OTLP spans as Jaeger's collector stores them. */
import type { JaegerReference } from '../../diagnosis/jaeger.ts';
import { type Log, NO_SPAN, type Process, type Span, type Tag, traceID } from '../span.ts';
import { type ReadableAttribute, readableAttributes, toTag, valueText } from './attributes.ts';
import { decodeOtlpJson } from './json.ts';
import { type OtlpResourceSpans, type OtlpSpan, readableText } from './message.ts';
import { decodeOtlpProtobuf } from './protobuf.ts';

export { OtlpError } from './message.ts';

/**
 * The spans of one ExportTraceServiceRequest, translated as Jaeger 1.76 does (its sanitizers, then the
 * OpenTelemetry Collector's translator to Jaeger). Throws `OtlpError` where the body is not such a request.
 */
export function decodeOtlp(body: Uint8Array, encoding: 'json' | 'protobuf'): Span[] {
  const request = encoding === 'json' ? decodeOtlpJson(body) : decodeOtlpProtobuf(body);
  const translated: { span: Span; warnings: string[] }[] = [];
  for (const resource of request) {
    const process = toProcess(resource);
    for (const scope of resource.scopes) {
      for (const span of scope.spans) translated.push(toSpan(span, scope, process));
    }
  }
  moveWarnings(translated);
  return translated.map(({ span }) => span);
}

const SERVICE_NAME = 'service.name';
const WARNINGS = '@jaeger@warnings';

function toProcess(resource: OtlpResourceSpans): Process {
  const attributes = readableAttributes(resource.attributes);
  return {
    serviceName: serviceName(attributes),
    tags: attributes.filter(({ key }) => key !== SERVICE_NAME).map(toTag),
  };
}

// The stand-in names are those of Jaeger's sanitizer.
function serviceName(attributes: ReadableAttribute[]): string {
  const value = attributes.find(({ key }) => key === SERVICE_NAME)?.value;
  if (value === undefined) return 'missing-service-name';
  if (value.type === 'bytes' && value.wasText) return '';
  if (value.type !== 'text') return 'service-name-wrong-type';
  return readableText(value.value) || 'empty-service-name';
}

function toSpan(span: OtlpSpan, scope: { name: string; version: string }, process: Process) {
  const attributes = [...span.attributes];
  let name = span.name;
  if (typeof name !== 'string') {
    attributes.push({ key: 'invalid-span-name', value: { type: 'bytes', value: name } });
    name = 'invalid-span-name';
  }
  const readable = readableAttributes(attributes);
  const startTime = BigInt.asIntN(64, span.startTime);
  const endTime = BigInt.asIntN(64, span.endTime);
  const warnings = sentWarnings(readable);
  if (startTime >= endTime) {
    warnings.push(
      `Negative duration detected, sanitizing end timestamp. Original end timestamp: ${timeText(endTime)}, ` +
        `adjusted to: ${timeText(startTime + 1n)}`,
    );
  }
  const id = traceID(span.traceId.slice(0, 16), span.traceId.slice(16));
  const translated: Span = {
    traceID: id,
    spanID: span.spanId,
    flags: 0,
    operationName: name,
    references: toReferences(span, id),
    startTime,
    duration: startTime >= endTime ? 1n : endTime - startTime,
    tags: [...scopeTags(scope), ...readable.map(toTag), ...kindAndStatusTags(span)],
    logs: span.events.map(toLog),
    process,
    warnings: [],
  };
  return { span: translated, warnings };
}

function sentWarnings(attributes: ReadableAttribute[]): string[] {
  const value = attributes.find(({ key }) => key === WARNINGS)?.value;
  if (value === undefined) return [];
  if (value.type !== 'list') return [valueText(value)];
  return value.value.map(item => (item.type === 'text' ? readableText(item.value) : ''));
}

// Jaeger finds the span that a warning belongs to by span id alone: of two spans with one id in a request,
// the later has both their warnings.
function moveWarnings(translated: { span: Span; warnings: string[] }[]): void {
  const spans = new Map(translated.map(({ span }) => [span.spanID, span]));
  const warned = new Set<Span>();
  for (const { span, warnings } of translated) {
    if (warnings.length === 0) continue;
    const target = spans.get(span.spanID) ?? span;
    for (const warning of warnings) target.warnings.push(warning);
    warned.add(target);
  }
  for (const span of warned) span.tags = span.tags.filter(({ key }) => key !== WARNINGS);
}

function toReferences(span: OtlpSpan, ownTraceID: string): JaegerReference[] {
  const references: JaegerReference[] = [];
  const parent = span.parentSpanId;
  if (parent !== NO_SPAN) references.push({ refType: 'CHILD_OF', traceID: ownTraceID, spanID: parent });
  for (const link of span.links) {
    const linked = traceID(link.traceId.slice(0, 16), link.traceId.slice(16));
    const type = link.attributes.find(({ key }) => key === 'opentracing.ref_type')?.value;
    const refType = type?.type === 'text' && type.value === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
    const first = references[0];
    // A link to the parent only says what kind of reference the parent is.
    if (first !== undefined && parent !== NO_SPAN && linked === ownTraceID && link.spanId === parent) {
      first.refType = refType;
    } else {
      references.push({ refType, traceID: linked, spanID: link.spanId });
    }
  }
  return references;
}

function scopeTags({ name, version }: { name: string; version: string }): Tag[] {
  return [...textTag('otel.scope.name', name), ...textTag('otel.scope.version', version)];
}

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['', 'OK', 'ERROR'];

function kindAndStatusTags({ kind, status, traceState }: OtlpSpan): Tag[] {
  const error: Tag[] = status.code === 2 ? [{ key: 'error', type: 'bool', value: true }] : [];
  return [
    ...textTag('span.kind', KINDS[kind] ?? ''),
    ...textTag('otel.status_code', STATUSES[status.code] ?? ''),
    ...error,
    ...textTag('otel.status_description', status.message),
    ...textTag('w3c.tracestate', traceState),
  ];
}

function textTag(key: string, value: string): Tag[] {
  return value === '' ? [] : [{ key, type: 'string', value }];
}

function toLog(event: OtlpSpan['events'][number]): Log {
  const fields = event.attributes.map(({ key, value }) => toTag({ key: readableText(key), value }));
  const named = fields.some(({ key }) => key === 'event') ? [] : textTag('event', event.name);
  return { time: BigInt.asIntN(64, event.time), fields: [...named, ...fields] };
}

// A time as Go prints it, in UTC with only as many digits as it needs.
function timeText(nanoseconds: bigint): string {
  const second = 1_000_000_000n;
  const fraction = ((nanoseconds % second) + second) % second;
  const date = new Date(Number((nanoseconds - fraction) / 1_000_000n)).toISOString();
  const digits = String(fraction).padStart(9, '0').replace(/0+$/, '');
  return `${date.slice(0, 10)} ${date.slice(11, 19)}${digits === '' ? '' : `.${digits}`} +0000 UTC`;
}
