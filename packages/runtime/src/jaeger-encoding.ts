/** Spans as Jaeger's thrift over HTTP has them (jaeger-idl, thrift/jaeger.thrift: Batch, Process, Span, SpanRef, Tag, Log). */
import {
  type Attributes,
  type AttributeValue,
  type HrTime,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
} from '@opentelemetry/api';
import { hrTimeToMicroseconds } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { ThriftWriter, thriftType } from './thrift-writer.ts';

// Of the enums TagType and SpanRefType.
const tagType = { string: 0, double: 1, bool: 2 } as const;
const followsFrom = 1;

type Tags = [key: string, value: AttributeValue][];

const writer = new ThriftWriter();

function writeTag(key: string, value: unknown): void {
  writer.string(1, key);
  if (typeof value === 'number') {
    writer.i32(2, tagType.double);
    writer.double(4, value);
  } else if (typeof value === 'boolean') {
    writer.i32(2, tagType.bool);
    writer.bool(5, value);
  } else {
    writer.i32(2, tagType.string);
    writer.string(3, String(value));
  }
  writer.stop();
}

/** A list of tags: an object's, then others. */
function writeTags(field: number, attributes: Attributes, others: Tags): void {
  const keys = Object.keys(attributes);
  writer.field(thriftType.list, field);
  writer.listOf(thriftType.struct, keys.length + others.length);
  for (const key of keys) writeTag(key, attributes[key]);
  for (const [key, value] of others) writeTag(key, value);
}

const kindNames: Record<SpanKind, string> = {
  [SpanKind.INTERNAL]: 'internal',
  [SpanKind.SERVER]: 'server',
  [SpanKind.CLIENT]: 'client',
  [SpanKind.PRODUCER]: 'producer',
  [SpanKind.CONSUMER]: 'consumer',
};

/** What Jaeger has as tags and OpenTelemetry beside the attributes (its specification's "OpenTelemetry to Jaeger"). */
function ownTags(span: ReadableSpan): Tags {
  const tags: Tags = [];
  const { status, kind, instrumentationScope: scope } = span;
  if (status.code !== SpanStatusCode.UNSET) tags.push(['otel.status_code', SpanStatusCode[status.code]]);
  if (status.code !== SpanStatusCode.UNSET && status.message)
    tags.push(['otel.status_description', status.message]);
  if (status.code === SpanStatusCode.ERROR) tags.push(['error', true]);
  if (kind !== SpanKind.INTERNAL) tags.push(['span.kind', kindNames[kind]]);
  tags.push(['otel.library.name', scope.name], ['otel.library.version', String(scope.version)]);
  const dropped = {
    attributes: span.droppedAttributesCount,
    events: span.droppedEventsCount,
    links: span.droppedLinksCount,
  };
  for (const [what, count] of Object.entries(dropped))
    if (count > 0) tags.push([`otel.dropped_${what}_count`, count]);
  return tags;
}

const microseconds = (time: HrTime): number => Math.max(0, Math.floor(hrTimeToMicroseconds(time)));

function writeIds(traceId: string, first: number): void {
  writer.i64FromHex(first, traceId.slice(16));
  writer.i64FromHex(first + 1, traceId.slice(0, 16));
}

function writeLinks({ links }: ReadableSpan): void {
  writer.field(thriftType.list, 6);
  writer.listOf(thriftType.struct, links.length);
  for (const { context } of links) {
    writer.i32(1, followsFrom);
    writeIds(context.traceId, 2);
    writer.i64FromHex(4, context.spanId);
    writer.stop();
  }
}

function writeEvent({ name, time, attributes = {}, droppedAttributesCount = 0 }: TimedEvent): void {
  writer.i64(1, microseconds(time));
  const dropped: Tags =
    droppedAttributesCount > 0 ? [['otel.event.dropped_attributes_count', droppedAttributesCount]] : [];
  // The attributes of an event cannot take its name from it.
  writeTags(2, { event: name }, [...(Object.entries(attributes) as Tags), ...dropped]);
  writer.stop();
}

function writeSpan(span: ReadableSpan): void {
  const { traceId, spanId, traceFlags } = span.spanContext();
  writeIds(traceId, 1);
  writer.i64FromHex(3, spanId);
  writer.i64FromHex(4, span.parentSpanContext?.spanId ?? '');
  writer.string(5, span.name);
  if (span.links.length > 0) writeLinks(span);
  writer.i32(7, traceFlags || TraceFlags.SAMPLED);
  writer.i64(8, microseconds(span.startTime));
  writer.i64(9, microseconds(span.duration));
  writeTags(10, span.attributes, ownTags(span));
  if (span.events.length > 0) {
    writer.field(thriftType.list, 11);
    writer.listOf(thriftType.struct, span.events.length);
    for (const event of span.events) writeEvent(event);
  }
  writer.stop();
}

/** Spans as elements of a batch's list, to be put together by `jaegerBatch`. */
export function encodeJaegerSpans(spans: readonly ReadableSpan[]): Buffer {
  try {
    for (const span of spans) writeSpan(span);
    return writer.take();
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/** A batch up to its list of spans, with the resource told once for all of them, as Jaeger's own clients do. */
export function jaegerProcess(resource: Resource): Buffer {
  const { 'service.name': service = 'unknown_service', ...rest } = resource.attributes;
  writer.field(thriftType.struct, 1);
  writer.string(1, String(service));
  writeTags(2, rest as Attributes, []);
  writer.stop();
  writer.field(thriftType.list, 2);
  return writer.take();
}

/**
 * @param process of `jaegerProcess`
 * @param pieces of `encodeJaegerSpans`
 * @param spans how many spans are in them
 */
export function jaegerBatch(process: Buffer, pieces: readonly Uint8Array[], spans: number): Buffer {
  const length = Buffer.alloc(5);
  length[0] = thriftType.struct;
  length.writeInt32BE(spans, 1);
  return Buffer.concat([process, length, ...pieces, Buffer.of(0)]);
}
