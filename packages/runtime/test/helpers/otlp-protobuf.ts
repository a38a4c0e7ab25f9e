/** Reads ExportMetricsServiceRequest from protobuf into what OTLP's JSON has, as far as the tests look at it. */

type Kind = 'string' | 'varint' | 'fixed64' | 'double' | 'fixed64s' | 'doubles' | Schema;
type Field = [name: string, kind: Kind, isList?: boolean];
interface Schema {
  [number: number]: Field;
}

const keyValue: Schema = {
  1: ['key', 'string'],
  2: ['value', { 1: ['stringValue', 'string'], 3: ['intValue', 'varint'], 4: ['doubleValue', 'double'] }],
};

const number: Schema = {
  4: ['asDouble', 'double'],
  6: ['asInt', 'fixed64'],
  7: ['attributes', keyValue, true],
};

const histogram: Schema = {
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['bucketCounts', 'fixed64s'],
  7: ['explicitBounds', 'doubles'],
  9: ['attributes', keyValue, true],
};

const exponential: Schema = {
  1: ['attributes', keyValue, true],
  4: ['count', 'fixed64'],
  5: ['sum', 'double'],
  6: ['scale', 'varint'],
};

const dataOf = (point: Schema): Schema => ({
  1: ['dataPoints', point, true],
  2: ['aggregationTemporality', 'varint'],
});

const metric: Schema = {
  1: ['name', 'string'],
  2: ['description', 'string'],
  3: ['unit', 'string'],
  7: ['sum', dataOf(number)],
  9: ['histogram', dataOf(histogram)],
  10: ['exponentialHistogram', dataOf(exponential)],
};

const request: Schema = {
  1: [
    'resourceMetrics',
    {
      1: ['resource', { 1: ['attributes', keyValue, true] }],
      2: ['scopeMetrics', { 1: ['scope', { 1: ['name', 'string'] }], 2: ['metrics', metric, true] }, true],
    },
    true,
  ],
};

const eights = (bytes: Buffer, one: (at: number) => number): number[] =>
  Array.from({ length: bytes.length / 8 }, (_, index) => one(index * 8));

function read(bytes: Buffer, kind: Kind): unknown {
  if (typeof kind === 'object') return decode(bytes, kind);
  const fixed = (at: number) => Number(bytes.readBigUInt64LE(at));
  const double = (at: number) => bytes.readDoubleLE(at);
  switch (kind) {
    case 'string':
      return bytes.toString();
    case 'varint':
      return bytes.reduceRight((value, byte) => value * 128 + (byte & 127), 0);
    case 'fixed64':
      return fixed(0);
    case 'double':
      return double(0);
    case 'fixed64s':
      return eights(bytes, fixed);
    case 'doubles':
      return eights(bytes, double);
  }
}

function decode(bytes: Buffer, schema: Schema): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  let at = 0;
  const varint = (): Buffer => {
    const start = at;
    while ((bytes[at++] as number) > 127);
    return bytes.subarray(start, at);
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = read(varint(), 'varint') as number;
    const wire = tag & 7;
    if (wire === 3 || wire === 4 || wire > 5) throw new Error(`wire type ${wire}`);
    const content =
      wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : (read(varint(), 'varint') as number));
    const field = schema[tag >> 3];
    if (field === undefined) continue;
    const [name, kind, isList] = field;
    const value = read(content, kind);
    message[name] = isList ? [...((message[name] as unknown[]) ?? []), value] : value;
  }
  return message;
}

export const decodeRequest = (body: Buffer): Record<string, unknown> => decode(body, request);
