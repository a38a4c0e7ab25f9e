// Files of other programs: several documents, other signals, ids and tags in other forms.
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces, TraceFormatError } from '../src/read/index.ts';

const traceId = '5a334ce0b06516597421e5b4af7f46b5';
const resourceSpans = (n: number) => ({
  resource: { attributes: [{ key: 'service.name', value: { stringValue: 's}v{c"[' } }] },
  scopeSpans: [
    {
      spans: [
        {
          traceId,
          spanId: `000000000000000${n}`,
          ...(n === 1 ? {} : { parentSpanId: '0000000000000001' }),
          name: 'a "quoted\\" name',
          startTimeUnixNano: '1700000000000000000',
          endTimeUnixNano: '1700000001000000000',
        },
      ],
    },
  ],
});
const document = (n: number) => ({ resourceSpans: [resourceSpans(n)] });

const spansOf = (traces: readonly JaegerTrace[]) => traces.map(({ spans }) => spans.length);

test('documents follow one another in any way', t => {
  const pretty = (n: number) => JSON.stringify(document(n), null, 2);
  const short = (n: number) => JSON.stringify(document(n));
  for (const text of [
    `${short(1)}${short(2)}`,
    `${short(1)}\n${short(2)}\n`,
    `${short(1)}\r\n\r\n${short(2)}`,
    `${pretty(1)}\n${pretty(2)}`,
    `${pretty(1)}${pretty(2)}`,
    `${short(1)}\n${pretty(2)}`,
    `\uFEFF ${pretty(1)} ${short(2)}`,
    `[${short(1)}][${short(2)}]`,
  ])
    t.deepEqual(spansOf(readTraces(text)), [2], text.slice(0, 40));
});

test('a string of many megabytes between documents is no problem', t => {
  const text = JSON.stringify({ ...document(1), note: '\\"x'.repeat(5e6) });
  t.deepEqual(spansOf(readTraces(`${text}${text}`)), [2]);
  t.deepEqual(spansOf(readTraces(`${text}"${'\\'.repeat(5e6)}`)), [1]);
});

test('one ResourceSpans a line is read, and other signals are passed over', t => {
  const lines = [resourceSpans(1), resourceSpans(2)].map(each => JSON.stringify(each));
  t.deepEqual(spansOf(readTraces(lines.join('\n'))), [2]);
  t.deepEqual(spansOf(readTraces(lines[0] ?? '')), [1]);
  const signals = [
    { resourceMetrics: [{ resource: {}, scopeMetrics: [] }] },
    document(1),
    { resourceLogs: [] },
    { resource_profiles: [] },
    document(2),
  ];
  t.deepEqual(spansOf(readTraces(signals.map(each => JSON.stringify(each)).join('\n'))), [2]);
  t.deepEqual(readTraces('{"resourceLogs":[]}'), []);
});

const span = (spanID: string, references: unknown[] = [], tags: unknown[] = []) => ({
  traceID: 'ABCDEF',
  spanID,
  operationName: 'work',
  references,
  startTime: 1,
  duration: 1,
  tags,
  processID: 'p1',
});
const jaeger = (...spans: unknown[]) => JSON.stringify({ data: [{ traceID: 'ABCDEF', spans }] });

test('an id with or without leading zeros and in either case is one id', t => {
  for (const [own, named, traceID] of [
    ['0a1b2c3d4e5f6071', 'a1b2c3d4e5f6071', 'ABCDEF'],
    ['a1b2c3d4e5f6071', '0a1b2c3d4e5f6071', 'ABCDEF'],
    ['0A1B2C3D4E5F6071', '0a1b2c3d4e5f6071', 'ABCDEF'],
    ['0000000000000001', '0000000000000001', '00000000000000000000000000abcdef'],
    ['1', '0000000000000001', 'abcdef'],
  ] as const) {
    const reference = { refType: 'CHILD_OF', traceID, spanID: named };
    const [trace] = readTraces(jaeger(span(own), span('2', [reference])));
    const tree = buildTree(trace as JaegerTrace);
    t.is(tree.roots.length, 1, named);
    t.is(tree.roots[0]?.children.length, 1);
    t.is(tree.roots[0]?.id, own);
  }
  const other = { refType: 'CHILD_OF', traceID: 'abcde', spanID: '01' };
  const [linked] = readTraces(jaeger(span('1'), span('2', [other])));
  t.deepEqual(linked?.spans[1]?.references, [other], 'a link into another trace stays');
  const [both] = readTraces(
    jaeger(span('01'), span('1'), span('2', [{ refType: 'CHILD_OF', traceID: '', spanID: '01' }])),
  );
  t.is(both?.spans[2]?.references[0]?.spanID, '01', 'the exact spelling first');
});

test('a tag whose value is a list or an object is shown as JSON', t => {
  for (const value of [['7510-2', '7511-1'], { id: 7510 }, [], {}, [{ a: [null] }]]) {
    const [trace] = readTraces(jaeger(span('1', [], [{ key: 'blockers', type: 'string', value }])));
    t.deepEqual(trace?.spans[0]?.tags, [{ key: 'blockers', type: 'string', value: JSON.stringify(value) }]);
  }
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const text = jaeger(span('1', [], [{ key: 'a', value: 'X' }])).replace('"X"', deep);
  try {
    readTraces(text);
  } catch (error) {
    t.true(error instanceof TraceFormatError);
  }
});
