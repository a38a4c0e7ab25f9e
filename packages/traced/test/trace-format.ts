import test from 'ava';
import fc from 'fast-check';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces, TraceFormatError } from '../src/read/index.ts';
import { anyTrace, toOtlp } from './helpers/any-trace.ts';

const spans = (...spans: unknown[]) => ({ traceID: 't', spans });
const span = { spanID: 's', startTime: 1, duration: 2 };
const otlpSpan = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
};
const otlp = (parts: object) => ({
  resourceSpans: [{ scopeSpans: [{ spans: [otlpSpan, { ...otlpSpan, ...parts }] }] }],
});

/** The message for each input. */
const refused: [message: string, input: unknown][] = [
  ['The input is empty, not a trace.', ' \n'],
  ['The input is a page (HTML or XML), not a trace in JSON.', '\n<!doctype html>'],
  ['The input is gzipped: gunzip it.', '\x1f\ufffd\b'],
  ['The input is not JSON: Unexpected token \'h\', "hello" is not valid JSON', 'hello'],
  ['line 3 is not JSON: Unexpected end of JSON input', `${JSON.stringify(spans(span))}\n\n{"data":`],
  [
    'line 2, trace 1, span 1: "spanID" is missing, which should be text',
    `${JSON.stringify(spans(span))}\n${JSON.stringify([spans({})])}`,
  ],
  [
    'trace 2, span 2: "startTime" is "abc", not a number',
    { data: [spans(span), spans(span, { ...span, startTime: 'abc' })] },
  ],
  ['span 1: "duration" is missing, which should be a number', spans({ spanID: 's', startTime: 1 })],
  ['span 1: "operationName" is 7, not text', spans({ ...span, operationName: 7 })],
  ['span 1: expected an object, found null', spans(null)],
  ['span 1: "tags" is an object with "a", not a list', spans({ ...span, tags: { a: 1 } })],
  [
    'span 1, log 1, field 2: expected an object, found 7',
    spans({ ...span, logs: [{ timestamp: 1, fields: [{ key: 'a' }, 7] }] }),
  ],
  ['process "p1" is not an object', { ...spans(span), processes: { p1: 7 } }],
  [
    'this is an error, not a trace: trace not found',
    { data: null, errors: [{ code: 404, msg: 'trace not found' }] },
  ],
  [
    'this is an error, not a trace: No traces found',
    { error: { httpCode: 404, message: 'No traces found' } },
  ],
  ['trace 1: expected a trace in Jaeger\'s JSON or OTLP\'s, found "alpha-fn"', { data: ['alpha-fn'] }],
  [
    'expected a trace in Jaeger\'s JSON or OTLP\'s ("spans", "data" or "resourceSpans"), found an object with "a", "b", "c", …',
    { a: 1, b: 2, c: 3, d: 4 },
  ],
  [
    "trace 1: expected a trace in Jaeger's JSON or OTLP's, found a span of Zipkin's",
    [{ traceId: 'a', id: 'b' }],
  ],
  ['expected "resourceSpans" around an object with "resource"', { resource: {} }],
  [
    'resourceSpans 1, scopeSpans 1, span 2: "startTimeUnixNano" is "abc", not a number of nanoseconds',
    otlp({ startTimeUnixNano: 'abc' }),
  ],
  [
    'resourceSpans 1, scopeSpans 1, span 2: "spanId" is "xyz", not an id of 8 bytes in hexadecimal or base64',
    otlp({ spanId: 'xyz' }),
  ],
  [
    'resourceSpans 1, scopeSpans 1, span 2: "kind" is "server", not a number or a name such as SPAN_KIND_INTERNAL',
    otlp({ kind: 'server' }),
  ],
  [
    'resourceSpans 1, scopeSpans 1, span 2, attribute 1: "value" is "v", not an object such as {"stringValue": "…"}',
    otlp({ attributes: [{ key: 'a', value: 'v' }] }),
  ],
  [
    'resourceSpans 1, scopeSpans 1, span 2, attribute 1: "intValue" is a list, not a single value',
    otlp({ attributes: [{ key: 'a', value: { intValue: [1] } }] }),
  ],
];

for (const [message, input] of refused) {
  test(`refused: ${message}`, t => {
    const text = typeof input === 'string' ? input : JSON.stringify(input);
    t.throws(() => readTraces(text), { instanceOf: TraceFormatError, message });
  });
}

test('a message has nothing in it that a terminal would act on, and is short', t => {
  const startTime = `\x1b[31m\u202e${'a'.repeat(1_000_000)}`;
  const { message } = t.throws(() => readTraces(JSON.stringify(spans({ ...span, startTime }))));
  t.notRegex(message, /\p{C}/u);
  t.true(message.length < 200);
});

test('no JSON makes reading throw anything but a TraceFormatError', t => {
  const known = [
    'traceID',
    'spans',
    'spanID',
    'data',
    'errors',
    'resourceSpans',
    'scopeSpans',
    'tags',
    'value',
    'result',
  ];
  const key = fc.oneof(fc.constantFrom(...known), fc.string());
  const json = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue(),
      fc.array(tie('value')),
      fc.dictionary(key, tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(json, value => void readsOrRefuses(JSON.stringify(value))),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.string(), text => void readsOrRefuses(text)));
  t.pass();
});

test('nothing put anywhere into a trace makes reading or building its tree throw anything else', t => {
  const forms = fc.oneof(
    anyTrace.map(trace => ({ data: [trace] })),
    anyTrace.map(toOtlp),
  );
  const put = fc.tuple(forms, fc.array(fc.nat(), { maxLength: 12 }), fc.jsonValue());
  fc.assert(
    fc.property(put, ([form, way, value]) => {
      for (const read of readsOrRefuses(JSON.stringify(replaced(form, way, value)))) buildTree(read);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('values nested a hundred thousand times deep are refused, not a crash', t => {
  const depth = 100_000;
  const nested = (open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  const text = JSON.stringify({ data: [spans({ ...span, warnings: ['X'] })] });
  t.deepEqual(readTraces(text.replace('"X"', nested('[', ']')))[0]?.spans[0]?.warnings, ['a list']);
  t.throws(() => readTraces(nested('[', ']')), { instanceOf: TraceFormatError });
  t.throws(() => readTraces(nested('{"data":', '}')), { instanceOf: TraceFormatError });
  const value = nested('{"arrayValue":{"values":[', ']}}');
  const deep = JSON.stringify(otlp({ attributes: [{ key: 'a', value: 'X' }] })).replace('"X"', value);
  t.throws(() => readTraces(deep), { instanceOf: TraceFormatError, message: /nested deeper than 64/ });
});

function readsOrRefuses(text: string): JaegerTrace[] {
  try {
    return readTraces(text);
  } catch (error) {
    if (error instanceof TraceFormatError) return [];
    throw error;
  }
}

/** A copy of the value with another put where the way leads, the nth member at each step. */
function replaced(value: unknown, [step, ...way]: readonly number[], by: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const members = Object.entries(value);
  const at = step % Math.max(1, members.length);
  const changed = members.map(
    ([key, member], i) => [key, i === at ? replaced(member, way, by) : member] as const,
  );
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
