import test from 'ava';
import fc from 'fast-check';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces, SetAside, TraceFormatError } from '../src/read/index.ts';
import { anyTrace, toOtlp } from './helpers/any-trace.ts';
import { otlp } from './helpers/otlp-json.ts';

const spans = (...spans: unknown[]) => ({ traceID: 't', spans });
const span = { spanID: 's', startTime: 1, duration: 2 };

const known = 'a trace in Jaeger’s JSON, OTLP’s JSON, or Zipkin’s JSON';

/** The message for each input of which nothing can be read. */
const refused: [message: string, input: unknown][] = [
  ['The input is empty, not a trace.', ' \n'],
  ['The input is a page (HTML or XML), not a trace in JSON.', '\n<!doctype html>'],
  ['The input is not JSON: Unexpected token \'h\', "hello" is not valid JSON', 'hello'],
  ['span 1: "duration" is missing, which should be a number', spans({ spanID: 's', startTime: 1 })],
  ['trace 1, span 1: "spanID" is missing, which should be text', { data: [spans({})] }],
  ['span 1: expected an object, found null', spans(null)],
  [
    'this is an error, not a trace: trace not found',
    { data: null, errors: [{ code: 404, msg: 'trace not found' }] },
  ],
  [
    'this is an error, not a trace: No traces found',
    { error: { httpCode: 404, message: 'No traces found' } },
  ],
  [`trace 1: expected ${known}, found "alpha-fn"`, { data: ['alpha-fn'] }],
  [
    `expected ${known} ("spans", "data" or "resourceSpans"), found an object with "a", "b", "c", …`,
    { a: 1, b: 2, c: 3, d: 4 },
  ],
  ['expected "resourceSpans" around an object with "resource"', { resource: {} }],
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

test('values nested a hundred thousand times deep are refused or set aside, not a crash', t => {
  const depth = 100_000;
  const nested = (open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  const text = JSON.stringify({ data: [spans({ ...span, warnings: ['X'] })] });
  t.deepEqual(readTraces(text.replace('"X"', nested('[', ']')))[0]?.spans[0]?.warnings, ['a list']);
  t.throws(() => readTraces(nested('[', ']')), { instanceOf: TraceFormatError });
  t.throws(() => readTraces(nested('{"data":', '}')), { instanceOf: TraceFormatError });
  const value = nested('{"arrayValue":{"values":[', ']}}');
  const deep = JSON.stringify(otlp({ attributes: [{ key: 'a', value: 'X' }] })).replace('"X"', value);
  const setAside = new SetAside();
  t.is(readTraces(deep, setAside)[0]?.spans.length, 2);
  t.regex(setAside.sentences()[0] ?? '', /^1 value set aside: .*nested deeper than 64$/);
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
