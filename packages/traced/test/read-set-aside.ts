// What cannot be read is left out, counted and named; the rest is read.
import test from 'ava';
import { readTraces, SetAside, TraceFormatError } from '../src/read/index.ts';
import { otlp } from './helpers/otlp-json.ts';

const span = { traceID: 't', spanID: 's', startTime: 1, duration: 2 };
const other = { ...span, spanID: 'o' };
const trace = (...spans: unknown[]) => ({ traceID: 't', spans });
const zipkin = { traceId: 'a', id: '1', timestamp: 1, duration: 1 };

function read(input: unknown) {
  const setAside = new SetAside();
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const spans = readTraces(text, setAside).flatMap(({ spans }) => spans);
  return { spans, sentences: setAside.sentences() };
}

const otlpPlace = 'resourceSpans 1, scopeSpans 1, span 2';
const line = JSON.stringify(trace(span));
const otherLine = JSON.stringify(trace(other));

/** What is said of each input, and how many spans are read of it. */
const cases: [sentence: string, spans: number, input: unknown][] = [
  [
    '1 of 2 spans set aside: trace 2, span 1: "startTime" is "abc", not a number',
    1,
    { data: [trace(span), trace({ ...span, startTime: 'abc' })] },
  ],
  [
    '2 of 3 spans set aside, the first: span 2: "spanID" is missing, which should be text',
    1,
    trace(span, {}, 7),
  ],
  ['1 field set aside: span 1: "operationName" is 7, not text', 1, trace({ ...span, operationName: 7 })],
  [
    '1 tag set aside: span 1: "tags" is an object with "a", not a list',
    1,
    trace({ ...span, tags: { a: 1 } }),
  ],
  [
    '1 field set aside: span 1, log 1, field 2: expected an object, found 7',
    1,
    trace({ ...span, logs: [{ timestamp: 1, fields: [{ key: 'a' }, 7] }] }),
  ],
  ['1 process set aside: process "p1" is not an object', 1, { ...trace(span), processes: { p1: 7 } }],
  [
    '1 trace set aside: trace 2: expected a trace in Jaeger’s JSON, OTLP’s JSON, or Zipkin’s JSON, found "a"',
    1,
    { data: [trace(span), 'a'] },
  ],
  [
    `1 of 2 spans set aside: ${otlpPlace}: "startTimeUnixNano" is "abc", not a 64-bit unsigned integer`,
    1,
    otlp({ startTimeUnixNano: 'abc' }),
  ],
  [
    `1 of 2 spans set aside: ${otlpPlace}: "spanId" is "xyz", not an id of 8 bytes in hexadecimal or base64`,
    1,
    otlp({ spanId: 'xyz' }),
  ],
  [
    `1 field set aside: ${otlpPlace}: "kind" is "odd", not a number or a name such as SPAN_KIND_INTERNAL`,
    2,
    otlp({ kind: 'odd' }),
  ],
  [
    `1 tag set aside: ${otlpPlace}, tag 1: "value" is "v", not an object`,
    2,
    otlp({ attributes: [{ key: 'a', value: 'v' }] }),
  ],
  [
    `1 tag set aside: ${otlpPlace}, tag 1: "intValue" is a list, not a 64-bit integer`,
    2,
    otlp({ attributes: [{ key: 'a', value: { intValue: [1] } }, { key: 'b' }] }),
  ],
  [
    '1 of 2 spans set aside: span 2: "id" is "x", not up to 16 hexadecimal digits',
    1,
    [zipkin, { ...zipkin, id: 'x' }],
  ],
  ['1 line set aside: line 2: not JSON: Unexpected end of JSON input', 2, `${line}\n{"a":\n${otherLine}`],
  ['1 line set aside: line 3: not JSON: Unexpected end of JSON input', 1, `${line}\n\n{"data":`],
  [
    '1 line set aside: line 2: not JSON: Unexpected token \'h\', "hello" is not valid JSON',
    2,
    `${line}\nhello\n${otherLine}`,
  ],
  [
    '1 line set aside: line 2: expected a trace in Jaeger’s JSON, OTLP’s JSON, or Zipkin’s JSON ("spans", "data" or ' +
      '"resourceSpans"), found an object with "a"',
    1,
    `${line}\n{"a":1}`,
  ],
];

for (const [sentence, spans, input] of cases) {
  test(`what is odd is set aside: ${sentence}`, t => {
    const { spans: found, sentences } = read(input);
    t.deepEqual(sentences, [sentence]);
    t.is(found.length, spans);
  });
}

test('a large file says of how many spans one was set aside', t => {
  const spans = Array.from({ length: 1_999 }, (_, i) => ({ ...span, spanID: String(i) }));
  const { sentences } = read(trace(...spans, { ...span, duration: null }));
  t.deepEqual(sentences, [
    '1 of 2,000 spans set aside: span 2000: "duration" is missing, which should be a number',
  ]);
});

test('of a pretty-printed file that was cut off, the whole documents are read', t => {
  const pretty = JSON.stringify(trace(span), null, 2);
  const { spans, sentences } = read(`${pretty}\n${pretty.replace('"s"', '"o"')}\n${pretty.slice(0, 40)}`);
  t.is(spans.length, 2);
  t.regex(sentences.join(), /^1 line set aside: line \d+: not JSON/);
});

test('an input of which everything is odd is refused by its first problem', t => {
  t.throws(() => read(trace({}, { spanID: 's' })), {
    instanceOf: TraceFormatError,
    message: 'span 1: "spanID" is missing, which should be text',
  });
});

test('an input in which nothing is odd has nothing to say', t => {
  t.deepEqual(read({ data: [trace(span)] }).sentences, []);
});
