/** Batches encoded by the very library and definition that the Jaeger exporter encodes with. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ThriftBatch {
  process: { serviceName: string; tags: Record<string, unknown>[] };
  spans: {
    traceIdLow: bigint;
    traceIdHigh: bigint;
    spanId: bigint;
    parentSpanId: bigint;
    operationName: string;
    references: { refType: string; traceIdLow: bigint; traceIdHigh: bigint; spanId: bigint }[];
    flags: number;
    startTime: bigint;
    duration: bigint;
    tags: Record<string, unknown>[];
    logs: { timestamp: bigint; fields: Record<string, unknown>[] }[];
  }[];
}

// Both belong to the exporter, so they are resolved from it.
const fromExporter = createRequire(createRequire(import.meta.url).resolve('@opentelemetry/exporter-jaeger'));
const fromClient = createRequire(fromExporter.resolve('jaeger-client'));
const { Thrift } = fromClient('thriftrw') as { Thrift: new (options: object) => Definition };
type Struct = (new (
  fields: object,
) => object) & { rw: { toBuffer(value: object): { err?: Error; value: Buffer } } };
type Definition = Record<'Batch' | 'Process' | 'Span' | 'Tag' | 'Log' | 'SpanRef', Struct>;

const definition = join(dirname(fromExporter.resolve('jaeger-client')), 'jaeger-idl/thrift/jaeger.thrift');
const thrift = new Thrift({ source: readFileSync(definition, 'utf8'), allowOptionalArguments: true });

export function encodeBatch({ process, spans }: ThriftBatch): Buffer {
  const sent = new thrift.Batch({
    process: new thrift.Process({ ...process, tags: process.tags.map(tag) }),
    spans: spans.map(
      span =>
        new thrift.Span({
          ...span,
          ...int64s(span, ['traceIdLow', 'traceIdHigh', 'spanId', 'parentSpanId', 'startTime', 'duration']),
          references: span.references.map(
            reference =>
              new thrift.SpanRef({
                ...reference,
                ...int64s(reference, ['traceIdLow', 'traceIdHigh', 'spanId']),
              }),
          ),
          tags: span.tags.map(tag),
          logs: span.logs.map(
            log => new thrift.Log({ ...int64s(log, ['timestamp']), fields: log.fields.map(tag) }),
          ),
        }),
    ),
  });
  const { err, value } = thrift.Batch.rw.toBuffer(sent);
  if (err) throw err;
  return value;
}

function tag(fields: Record<string, unknown>): object {
  const { vLong, vBinary } = fields;
  return new thrift.Tag({
    ...fields,
    ...(typeof vLong === 'bigint' ? { vLong: int64(vLong) } : {}),
    ...(vBinary instanceof Uint8Array ? { vBinary: Buffer.from(vBinary) } : {}),
  });
}

function int64s<Name extends string>(from: Record<Name, unknown>, names: Name[]): Record<string, Buffer> {
  return Object.fromEntries(names.map(name => [name, int64(from[name] as bigint)]));
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt.asIntN(64, value));
  return bytes;
}

/** A batch of one span. */
export const exampleBatch: ThriftBatch = {
  process: { serviceName: 'alpha-fn', tags: [] },
  spans: [
    {
      traceIdLow: 1n,
      traceIdHigh: 0n,
      spanId: 2n,
      parentSpanId: 0n,
      operationName: 'work',
      references: [],
      flags: 1,
      startTime: 5n,
      duration: 7n,
      tags: [],
      logs: [],
    },
  ],
};
