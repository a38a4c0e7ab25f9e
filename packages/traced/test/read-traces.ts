import test from 'ava';
import fc from 'fast-check';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces } from '../src/read/index.ts';
import { anyTrace, toOtlp } from './helpers/any-trace.ts';
import { otlpCases } from './helpers/otlp-cases.ts';
import { otlp, otlpSpan } from './helpers/otlp-json.ts';
import { newID, postOtlpJson, startBackend } from './helpers/trace-backend.ts';
import { sameTranslation } from './helpers/translated.ts';

const [trace, other] = fc.sample(anyTrace, { numRuns: 2, seed: 5 }) as [JaegerTrace, JaegerTrace];

const jaegerForms: Record<string, string> = {
  'an answer of the query API': JSON.stringify({ data: [trace, other], total: 0, errors: null }),
  'an answer that lacks one trace of three': JSON.stringify({
    data: [trace, other],
    errors: [{ code: 404, msg: 'trace not found', traceID: 'a' }],
  }),
  'a list': JSON.stringify([trace, other]),
  'a list of answers': JSON.stringify([{ data: [trace] }, { data: [other] }]),
  'a line each': `${JSON.stringify(trace)}\r\n\n${JSON.stringify({ data: [other] })}\n`,
  'pretty-printed, with a byte order mark': `\ufeff${JSON.stringify({ data: [trace, other] }, null, 2)}`,
};

for (const [form, text] of Object.entries(jaegerForms)) {
  test(`Jaeger’s JSON is read as ${form}`, t => {
    t.deepEqual(readTraces(text), [trace, other]);
  });
}

test('a bare trace is read', t => {
  t.deepEqual(readTraces(JSON.stringify(trace)), [trace]);
});

const resourceSpans = [...toOtlp(trace).resourceSpans, ...toOtlp(other).resourceSpans];

const otlpForms: Record<string, string> = {
  'the Collector writes it to files, a batch a line': resourceSpans
    .map(each => JSON.stringify({ resourceSpans: [each] }))
    .join('\n'),
  'one request': JSON.stringify({ resourceSpans }),
  'Tempo answers': JSON.stringify({ batches: resourceSpans }),
  'Tempo’s newer API answers': JSON.stringify({ trace: { resourceSpans } }),
  'Jaeger’s API v3 answers': JSON.stringify({ result: { resourceSpans } }),
  'protobuf names its fields': JSON.stringify({ resourceSpans }).replaceAll(
    /"([a-z]+[A-Z]\w*)":/g,
    (_, name: string) => `"${name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)}":`,
  ),
  'it was before scopes': JSON.stringify({ resourceSpans }).replaceAll(
    'scopeSpans',
    'instrumentationLibrarySpans',
  ),
};

for (const [form, text] of Object.entries(otlpForms)) {
  test(`OTLP is read as ${form}`, t => {
    t.deepEqual(readTraces(text).map(placesOf), [trace, other].map(placesOf));
  });
}

test('answers without traces are read as none', t => {
  for (const text of ['{"data":[],"errors":null}', '{"data":null}', '[]', '{"resourceSpans":[]}']) {
    t.deepEqual(readTraces(text), [], text);
  }
});

test('what a span may lack is filled in', t => {
  const [read] = readTraces('{"traceID":"t","spans":[{"spanID":"s","startTime":"7","duration":2}]}');
  t.deepEqual(read, {
    traceID: 't',
    spans: [
      {
        traceID: 't',
        spanID: 's',
        operationName: '',
        references: [],
        startTime: 7,
        duration: 2,
        tags: [],
        logs: [],
        processID: '',
        warnings: null,
      },
    ],
    processes: {},
    warnings: null,
  });
  t.is(buildTree(read as JaegerTrace).root?.service, '?');
});

test('a parent in the field of Jaeger’s first versions is a reference', t => {
  const text = '{"spans":[{"traceID":"t","spanID":"s","parentSpanID":"p","startTime":7,"duration":2}]}';
  const reference = { refType: 'CHILD_OF', traceID: 't', spanID: 'p' } as const;
  t.deepEqual(readTraces(text)[0]?.spans[0]?.references, [reference]);
});

test('tags without a type get that of their value', t => {
  const tags = [true, 1, 1.5, 'a', null].map((value, i) => ({ key: String(i), value }));
  const read = readTraces(
    JSON.stringify({ traceID: 't', spans: [{ spanID: 's', startTime: 0, duration: 0, tags }] }),
  );
  const types = read[0]?.spans[0]?.tags.map(({ type }) => type);
  t.deepEqual(types, ['bool', 'int64', 'float64', 'string', 'binary']);
});

test('times keep their order within a microsecond', t => {
  const at = (spanId: string, start: string, end: string) => ({
    ...otlpSpan,
    spanId: spanId.repeat(16),
    startTimeUnixNano: start,
    endTimeUnixNano: end,
  });
  const request = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              at('a', '1700000000000000000', '1700000000000001999'),
              at('b', '1700000000000000900', '1700000000000001500'),
              at('c', '1700000000000000300', '1700000000000000600'),
            ],
          },
        ],
      },
    ],
  };
  const read = readTraces(JSON.stringify(request))[0]?.spans ?? [];
  const [a, b, c] = read.map(({ startTime, duration }) => ({ start: startTime, end: startTime + duration }));
  t.true(a !== undefined && b !== undefined && c !== undefined);
  if (a === undefined || b === undefined || c === undefined) return;
  t.true(a.start < c.start && c.start < c.end && c.end < b.start && b.start < b.end && b.end < a.end);
  t.is(a.start, 1_700_000_000_000_000);
});

test('ids are read in hexadecimal and in base64', t => {
  const hex = {
    traceId: '00112233445566778899AABBCCDDEEFF',
    spanId: 'fffefdfcfbfaf9f8',
    parentSpanId: '0000000000000000',
  };
  const base64 = {
    traceId: Buffer.from(hex.traceId, 'hex').toString('base64'),
    spanId: Buffer.from(hex.spanId, 'hex').toString('base64'),
    parentSpanId: '',
  };
  for (const ids of [hex, base64]) {
    const read = readTraces(JSON.stringify(otlp(ids))).at(-1);
    t.is(read?.traceID, '00112233445566778899aabbccddeeff');
    t.is(read?.spans[0]?.spanID, 'fffefdfcfbfaf9f8');
    t.deepEqual(read?.spans[0]?.references, []);
  }
});

test('warnings that Jaeger 2 keeps in an attribute are warnings', t => {
  const value = { arrayValue: { values: [{ stringValue: 'clock skew' }] } };
  const read = readTraces(JSON.stringify(otlp({ attributes: [{ key: '@jaeger@warnings', value }] })));
  t.deepEqual(read[0]?.spans[1]?.warnings, ['clock skew']);
  t.deepEqual(read[0]?.spans[1]?.tags, []);
});

for (const [name, toRequest] of Object.entries(otlpCases)) {
  test(`OTLP from a file is what the collector makes of it: ${name}`, async t => {
    const backend = await startBackend(t);
    const { request } = toRequest(`read-${newID(8)}`);
    t.is((await postOtlpJson(backend, request)).status, 200);
    await sameTranslation(t, request, backend);
  });
}

/** Where each span is in the tree, and what is known of it. */
function placesOf(read: JaegerTrace) {
  const { nodes, root, start, notes } = buildTree(read);
  return {
    start,
    notes,
    root: root?.id,
    nodes: nodes.map(({ id, parent, service, name, kind, failed, start, end, awaited, span }) => {
      const { tags, logs } = span;
      return { id, parent: parent?.id, service, name, kind, failed, start, end, awaited, tags, logs };
    }),
  };
}

test('both forms of a trace give the same tree', t => {
  fc.assert(
    fc.property(anyTrace, trace => {
      const [read] = readTraces(JSON.stringify(toOtlp(trace)));
      t.deepEqual(placesOf(read as JaegerTrace), placesOf(trace));
    }),
  );
});
