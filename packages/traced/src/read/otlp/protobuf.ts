/** OTLP's protobuf encoding, by a schema of only the fields that reach Jaeger; all others are skipped. */
import protobuf from 'protobufjs/light.js';
import { type JsonObject, TraceFormatError } from '../trace-format.ts';
import type { Encoding, OtlpText } from './encoding.ts';

// [field number, type, repeated]. Text that is stored as an attribute or a name is taken as bytes, because
// Jaeger treats text that is not UTF-8 differently there, and a decoded string no longer shows it.
type Field = [id: number, type: string, rule?: 'repeated'];

const MESSAGES: Record<string, Record<string, Field>> = {
  Request: { resourceSpans: [1, 'ResourceSpans', 'repeated'] },
  ResourceSpans: { resource: [1, 'Resource'], scopeSpans: [2, 'ScopeSpans', 'repeated'] },
  Resource: { attributes: [1, 'KeyValue', 'repeated'] },
  ScopeSpans: { scope: [1, 'Scope'], spans: [2, 'Span', 'repeated'] },
  Scope: { name: [1, 'string'], version: [2, 'string'] },
  Span: {
    traceId: [1, 'bytes'],
    spanId: [2, 'bytes'],
    traceState: [3, 'string'],
    parentSpanId: [4, 'bytes'],
    name: [5, 'bytes'],
    kind: [6, 'int32'],
    startTimeUnixNano: [7, 'fixed64'],
    endTimeUnixNano: [8, 'fixed64'],
    attributes: [9, 'KeyValue', 'repeated'],
    events: [11, 'Event', 'repeated'],
    links: [13, 'Link', 'repeated'],
    status: [15, 'Status'],
  },
  Event: { timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: [3, 'KeyValue', 'repeated'] },
  Link: { traceId: [1, 'bytes'], spanId: [2, 'bytes'], attributes: [4, 'KeyValue', 'repeated'] },
  Status: { message: [2, 'string'], code: [3, 'int32'] },
  KeyValue: { key: [1, 'bytes'], value: [2, 'AnyValue'] },
  AnyValue: {
    stringValue: [1, 'bytes'],
    boolValue: [2, 'bool'],
    intValue: [3, 'int64'],
    doubleValue: [4, 'double'],
    arrayValue: [5, 'ArrayValue'],
    kvlistValue: [6, 'KeyValueList'],
    bytesValue: [7, 'bytes'],
  },
  ArrayValue: { values: [1, 'AnyValue', 'repeated'] },
  KeyValueList: { values: [1, 'KeyValue', 'repeated'] },
};

/** ExportTraceServiceRequest, of the fields above. */
export const REQUEST = schema().lookupType('Request');

/** A message of two bytes becomes an object of a hundred: a body full of those is refused before it is decoded. */
const MAX_MESSAGES = 1_000_000;
const MAX_DEPTH = 90;

/** Parses a request's body. Throws `TraceFormatError`. */
export function parseOtlpProtobuf(body: Uint8Array, maxMessages = MAX_MESSAGES): JsonObject {
  try {
    const count = { messages: 0, most: maxMessages };
    countMessages(protobuf.Reader.create(body), REQUEST, body.length, count, 0);
    return REQUEST.decode(body) as unknown as JsonObject;
  } catch (error) {
    throw new TraceFormatError(`not protobuf: ${(error as Error).message}`);
  }
}

function schema(): protobuf.Root {
  const root = new protobuf.Root();
  for (const [name, fields] of Object.entries(MESSAGES)) {
    const type = new protobuf.Type(name);
    for (const [field, [id, fieldType, rule]] of Object.entries(fields)) {
      type.add(new protobuf.Field(field, id, fieldType, rule));
    }
    if (name === 'AnyValue') type.add(new protobuf.OneOf('value', Object.keys(fields)));
    root.add(type);
  }
  root.resolveAll();
  return root;
}

function countMessages(
  reader: protobuf.Reader,
  type: protobuf.Type,
  end: number,
  count: { messages: number; readonly most: number },
  depth: number,
): void {
  if (++count.messages > count.most) throw new Error(`more than ${count.most} messages`);
  if (depth > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`);
  while (reader.pos < end) {
    const tag = reader.uint32();
    const fieldType = type.fieldsById[tag >>> 3]?.resolve().resolvedType;
    if ((tag & 7) === 2 && fieldType instanceof protobuf.Type) {
      const length = reader.uint32();
      if (length > end - reader.pos) throw new Error(`${fieldType.name} claims ${length} bytes`);
      countMessages(reader, fieldType, reader.pos + length, count, depth + 1);
    } else {
      reader.skipType(tag & 7);
    }
  }
  if (reader.pos > end) throw new Error(`${type.name} ends within a field`);
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const otlpProtobuf: Encoding = {
  // Defaults live on the prototype, so only what was sent is an own property.
  field: (message, name) => (Object.hasOwn(message, name) ? message[name] : undefined),

  id(value, bytes, name) {
    const id = value as Uint8Array | undefined;
    if (id === undefined || id.length === 0) return '0'.repeat(bytes * 2);
    if (id.length !== bytes) throw new TraceFormatError(`"${name}" has ${id.length} bytes, not ${bytes}`);
    return Buffer.from(id).toString('hex');
  },

  integer(value, isSigned) {
    const bits = typeof value === 'number' ? BigInt(value) : longBits(value as { low: number; high: number });
    return isSigned ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
  },

  double: value => value as number,
  boolean: value => value as boolean,

  text(value): OtlpText {
    if (typeof value === 'string') return value;
    try {
      return STRICT_UTF8.decode(value as Uint8Array);
    } catch {
      return Uint8Array.from(value as Uint8Array);
    }
  },

  // A copy, so that a kept value does not keep the whole request's body.
  bytes: value => Uint8Array.from(value as Uint8Array),

  enumeration: value => value as number,
};

function longBits({ low, high }: { low: number; high: number }): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
