/** Decodes what Jaeger's exporter posts to a collector: a `Batch` of jaeger.thrift in Thrift's binary protocol. */
import type { JaegerReference } from '../../diagnosis/jaeger.ts';
import { type Log, type Process, type Span, type Tag, traceID, withParent } from '../../read/span.ts';
import { ThriftReader, ThriftType } from './thrift-reader.ts';

export { ThriftError } from './thrift-reader.ts';

// The tag by which Jaeger's collector says in which format a span came.
const FORMAT_TAG: Tag = { key: '@jaeger@format', type: 'string', value: 'jaeger' };

/**
 * The spans of one batch as Jaeger's collector stores them.
 * Throws `ThriftError` for anything that is not exactly one batch; memory used is proportional to the bytes
 * given, whatever lengths they claim.
 */
export function decodeThriftBatch(bytes: Uint8Array): Span[] {
  const reader = new ThriftReader(bytes);
  let process: Process | undefined;
  let spans: ThriftSpan[] | undefined;
  readFields(reader, 'Batch', {
    1: [ThriftType.struct, () => (process = readProcess(reader))],
    2: [ThriftType.list, () => (spans = reader.structs(() => readSpan(reader)))],
  });
  reader.end();
  const sharedProcess = required(reader, process, 'Batch.process');
  return required(reader, spans, 'Batch.spans').map(span => toStored(span, sharedProcess));
}

type ThriftSpan = Omit<Span, 'process' | 'warnings'>;
type Fields = Record<number, [type: number, read: () => unknown]>;

function readFields(reader: ThriftReader, struct: string, fields: Fields): void {
  reader.struct((id, type) => {
    const field = fields[id];
    if (field === undefined) return false;
    reader.expect(type, field[0], `${struct} field ${id}`);
    field[1]();
    return true;
  });
}

function required<Value>(reader: ThriftReader, value: Value | undefined, name: string): Value {
  return value ?? reader.fail(`${name} is missing`);
}

function readProcess(reader: ThriftReader): Process {
  let serviceName: string | undefined;
  let tags: Tag[] = [];
  readFields(reader, 'Process', {
    1: [ThriftType.string, () => (serviceName = reader.text())],
    2: [ThriftType.list, () => (tags = readTags(reader))],
  });
  // Jaeger's collector gives a nameless service this name, so that it can be found.
  return { serviceName: required(reader, serviceName, 'Process.serviceName') || 'empty-service-name', tags };
}

function readSpan(reader: ThriftReader): ThriftSpan {
  const ids: Record<string, string> = {};
  let operationName: string | undefined;
  let references: JaegerReference[] = [];
  let flags: number | undefined;
  let startTime: bigint | undefined;
  let duration: bigint | undefined;
  let tags: Tag[] = [];
  let logs: Log[] = [];
  readFields(reader, 'Span', {
    1: [ThriftType.i64, () => (ids['traceIdLow'] = reader.hex64())],
    2: [ThriftType.i64, () => (ids['traceIdHigh'] = reader.hex64())],
    3: [ThriftType.i64, () => (ids['spanId'] = reader.hex64())],
    4: [ThriftType.i64, () => (ids['parentSpanId'] = reader.hex64())],
    5: [ThriftType.string, () => (operationName = reader.text())],
    6: [ThriftType.list, () => (references = reader.structs(() => readReference(reader)))],
    7: [ThriftType.i32, () => (flags = reader.i32())],
    8: [ThriftType.i64, () => (startTime = nanoseconds(reader.i64()))],
    9: [ThriftType.i64, () => (duration = nanoseconds(reader.i64()))],
    10: [ThriftType.list, () => (tags = readTags(reader))],
    11: [ThriftType.list, () => (logs = reader.structs(() => readLog(reader)))],
  });
  const id = traceID(
    required(reader, ids['traceIdHigh'], 'Span.traceIdHigh'),
    required(reader, ids['traceIdLow'], 'Span.traceIdLow'),
  );
  return {
    traceID: id,
    spanID: required(reader, ids['spanId'], 'Span.spanId'),
    flags: required(reader, flags, 'Span.flags') >>> 0,
    operationName: required(reader, operationName, 'Span.operationName'),
    references: withParent(id, required(reader, ids['parentSpanId'], 'Span.parentSpanId'), references),
    startTime: required(reader, startTime, 'Span.startTime'),
    duration: required(reader, duration, 'Span.duration'),
    tags,
    logs,
  };
}

function readReference(reader: ThriftReader): JaegerReference {
  let refType: number | undefined;
  let low: string | undefined;
  let high: string | undefined;
  let spanID: string | undefined;
  readFields(reader, 'SpanRef', {
    1: [ThriftType.i32, () => (refType = reader.i32())],
    2: [ThriftType.i64, () => (low = reader.hex64())],
    3: [ThriftType.i64, () => (high = reader.hex64())],
    4: [ThriftType.i64, () => (spanID = reader.hex64())],
  });
  const type = (['CHILD_OF', 'FOLLOWS_FROM'] as const)[required(reader, refType, 'SpanRef.refType')];
  return {
    refType: type ?? reader.fail(`SpanRef.refType is ${refType}, expected 0 or 1`),
    traceID: traceID(
      required(reader, high, 'SpanRef.traceIdHigh'),
      required(reader, low, 'SpanRef.traceIdLow'),
    ),
    spanID: required(reader, spanID, 'SpanRef.spanId'),
  };
}

function readLog(reader: ThriftReader): Log {
  let time: bigint | undefined;
  let fields: Tag[] | undefined;
  readFields(reader, 'Log', {
    1: [ThriftType.i64, () => (time = nanoseconds(reader.i64()))],
    2: [ThriftType.list, () => (fields = readTags(reader))],
  });
  return { time: required(reader, time, 'Log.timestamp'), fields: required(reader, fields, 'Log.fields') };
}

function readTags(reader: ThriftReader): Tag[] {
  return reader.structs(() => readTag(reader));
}

function readTag(reader: ThriftReader): Tag {
  let key: string | undefined;
  let type: number | undefined;
  let text = '';
  let double = 0;
  let bool = false;
  let long = 0n;
  let binary: Uint8Array = new Uint8Array();
  readFields(reader, 'Tag', {
    1: [ThriftType.string, () => (key = reader.text())],
    2: [ThriftType.i32, () => (type = reader.i32())],
    3: [ThriftType.string, () => (text = reader.text())],
    4: [ThriftType.double, () => (double = reader.double())],
    5: [ThriftType.bool, () => (bool = reader.bool())],
    6: [ThriftType.i64, () => (long = reader.i64())],
    7: [ThriftType.string, () => (binary = reader.binary())],
  });
  const name = required(reader, key, 'Tag.key');
  // The order of TagType in jaeger.thrift.
  switch (required(reader, type, 'Tag.vType')) {
    case 0:
      return { key: name, type: 'string', value: text };
    case 1:
      return { key: name, type: 'float64', value: double };
    case 2:
      return { key: name, type: 'bool', value: bool };
    case 3:
      return { key: name, type: 'int64', value: long };
    case 4:
      return { key: name, type: 'binary', value: binary };
    default:
      return reader.fail(`Tag.vType is ${type}, expected 0 to 4`);
  }
}

function nanoseconds(microseconds: bigint): bigint {
  return BigInt.asIntN(64, microseconds * 1000n);
}

const NO_DURATION: Tag = {
  key: 'InvalidNegativeDuration',
  type: 'binary',
  value: Buffer.from("Duration can't be negative, so it is changed to default value"),
};

function toStored(span: ThriftSpan, process: Process): Span {
  const tags = [...span.tags, FORMAT_TAG];
  // Jaeger's collector lets no span last less than a nanosecond, and says so in this tag.
  if (span.duration < 1n)
    return { ...span, tags: [...tags, NO_DURATION], duration: 1n, process, warnings: [] };
  return { ...span, tags, process, warnings: [] };
}
