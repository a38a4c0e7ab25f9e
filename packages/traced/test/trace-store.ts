import test from 'ava';
import { TraceStore } from '../src/dev/traces/store.ts';
import { newID, storedSpan } from './helpers/trace-backend.ts';

const anything = {
  service: 'alpha-fn',
  operation: '',
  tags: new Map<string, string>(),
  startMin: 0n,
  startMax: 2n ** 62n,
  durationMin: 0n,
  durationMax: 0n,
  limit: 0,
};
const ids = (count: number) => Array.from({ length: count }, () => newID(16));

test('the oldest trace goes first when there are too many', t => {
  const store = new TraceStore({ maxTraces: 2 });
  const [first = '', second = '', third = ''] = ids(3);
  for (const traceID of [first, second, third]) store.add([storedSpan({ traceID })]);
  t.deepEqual(
    [first, second, third].map(id => store.trace(id) !== undefined),
    [false, true, true],
  );
  t.like(store.counters, { traces: 2, spans: 2, evictedTraces: 1, evictedSpans: 1 });
});

test('the oldest trace goes first when there are too many bytes', t => {
  const store = new TraceStore({ maxBytes: 10_000 });
  const [first = '', second = ''] = ids(2);
  const tags = [{ key: 'text', type: 'string' as const, value: 'x'.repeat(6_000) }];
  for (const traceID of [first, second]) store.add([storedSpan({ traceID, tags })]);
  t.is(store.trace(first), undefined);
  t.not(store.trace(second), undefined);
  t.true(store.counters.bytes <= 10_000);
});

test('one trace that is larger than the limit is not kept', t => {
  const store = new TraceStore({ maxBytes: 10_000 });
  for (let i = 0; i < 100; i++) store.add([storedSpan()]);
  t.true(store.counters.bytes <= 10_000);
  t.true(store.counters.evictedTraces > 0);
});

test('nothing of evicted traces is left behind', t => {
  const store = new TraceStore({ maxTraces: 1 });
  store.add([storedSpan({ traceID: newID(16), process: { serviceName: 'gone', tags: [] } })]);
  const last = storedSpan({ traceID: newID(16) });
  store.add([last]);
  t.deepEqual(store.services(), ['alpha-fn']);
  t.deepEqual(store.operations('gone'), []);
  const alone = new TraceStore();
  alone.add([last]);
  t.is(store.counters.bytes, alone.counters.bytes);
});

test('evictions are logged once in ten seconds', t => {
  const messages: unknown[] = [];
  let now = 0;
  const store = new TraceStore({
    maxTraces: 1,
    log: (_message, fields) => messages.push(fields),
    now: () => now,
  });
  for (const traceID of ids(5)) store.add([storedSpan({ traceID })]);
  t.is(messages.length, 1);
  now = 10_000;
  store.add([storedSpan({ traceID: newID(16) })]);
  t.is(messages.length, 2);
  t.like(messages[1], { evictedTraces: 5, maxTraces: 1 });
});

test('a trace is found by its id with and without leading zeros', t => {
  const store = new TraceStore();
  const short = `00${newID(16).slice(0, 14)}`;
  const long = `000${newID(16).slice(3)}`;
  store.add([storedSpan({ traceID: short }), storedSpan({ traceID: long })]);
  for (const id of [short, short.slice(2), short.padStart(32, '0'), short.toUpperCase()]) {
    t.is(store.trace(id)?.traceID, short);
  }
  for (const id of [long, long.slice(3)]) t.is(store.trace(id)?.traceID, long);
  t.is(store.trace('abc'), undefined);
});

test('spans that arrive later join their trace', t => {
  const store = new TraceStore();
  store.add([storedSpan()]);
  store.add([storedSpan()]);
  t.is(store.trace(storedSpan().traceID)?.spans.length, 2);
});

test('a span that was received twice is shown once', t => {
  const store = new TraceStore();
  const span = storedSpan();
  store.add([span, { ...span, process: { ...span.process } }]);
  t.is(store.trace(span.traceID)?.spans.length, 1);
});

test('two different spans of one id are both shown, the second with a warning', t => {
  const store = new TraceStore();
  const span = storedSpan();
  store.add([span, { ...span, operationName: 'other' }]);
  t.deepEqual(
    store.trace(span.traceID)?.spans.map(({ warnings }) => warnings),
    [null, ['duplicate span IDs; skipping clock skew adjustment']],
  );
});

test('showing a trace does not change what is stored', t => {
  const store = new TraceStore();
  const parent = newID(8);
  const span = storedSpan({
    references: [{ refType: 'CHILD_OF', traceID: storedSpan().traceID, spanID: parent }],
    tags: [
      { key: 'telemetry.sdk.name', type: 'string', value: 'x' },
      { key: 'b', type: 'int64', value: 1n },
      { key: 'a', type: 'int64', value: 1n },
    ],
  });
  const before = structuredClone(span);
  store.add([span]);
  t.deepEqual(store.trace(span.traceID), store.trace(span.traceID));
  t.deepEqual(span, before);
});

test('a chain of a hundred thousand spans can be shown', t => {
  const store = new TraceStore({ maxBytes: 1e9 });
  const traceID = newID(16);
  let parent = '';
  const spans = Array.from({ length: 100_000 }, () => {
    const references = parent === '' ? [] : [{ refType: 'CHILD_OF' as const, traceID, spanID: parent }];
    const span = storedSpan({ traceID, references });
    parent = span.spanID;
    return span;
  });
  store.add(spans);
  t.is(store.trace(traceID)?.spans.length, 100_000);
});

test('a search wants one span that fits all of the query', t => {
  const store = new TraceStore();
  const traceID = newID(16);
  store.add([
    storedSpan({ traceID, operationName: 'slow', duration: 9_000_000n }),
    storedSpan({ traceID, operationName: 'failed', tags: [{ key: 'error', type: 'bool', value: true }] }),
  ]);
  const tags = new Map([['error', 'true']]);
  t.is(store.find({ ...anything, operation: 'failed', tags }).length, 1);
  t.is(store.find({ ...anything, operation: 'slow', tags }).length, 0);
  t.is(store.find({ ...anything, durationMin: 9_000_000n }).length, 1);
  t.is(store.find({ ...anything, durationMin: 9_000_001n }).length, 0);
  t.is(store.find({ ...anything, durationMax: 999_999n }).length, 0);
  t.is(store.find({ ...anything, service: 'alpha' }).length, 0);
});

test('a limit keeps the newest traces', t => {
  const store = new TraceStore();
  const [oldest = '', newest = '', middle = ''] = ids(3);
  store.add([
    storedSpan({ traceID: oldest, startTime: 1n }),
    storedSpan({ traceID: newest, startTime: 3n }),
    storedSpan({ traceID: middle, startTime: 2n }),
  ]);
  const found = store.find({ ...anything, limit: 2 }).map(spans => spans[0]?.traceID);
  t.deepEqual(found, [middle, newest]);
});

test('a tag is compared with the text that Jaeger makes of its value', t => {
  const store = new TraceStore();
  const float = (key: string, value: number) => ({ key, type: 'float64' as const, value });
  store.add([
    storedSpan({
      tags: [
        float('whole', 100),
        float('third', 1 / 3),
        float('large', 1e10),
        float('nine', 1_234_567_890),
        float('small', 0.00001),
        float('near', 0.0001),
        float('not', Number.NaN),
        float('minus', -1.5),
        float('zero', 0),
        float('endless', Infinity),
        float('rounded', 12345678901.5),
        { key: 'bytes', type: 'binary', value: Uint8Array.of(1, 255) },
        { key: 'int', type: 'int64', value: 9007199254740993n },
      ],
    }),
  ]);
  const texts = {
    whole: '100',
    third: '0.3333333333',
    large: '1e+10',
    nine: '1234567890',
    small: '1e-05',
    near: '0.0001',
    not: 'NaN',
    minus: '-1.5',
    zero: '0',
    endless: '+Inf',
    rounded: '1.23456789e+10',
    bytes: '01ff',
    int: '9007199254740993',
  };
  for (const [key, text] of Object.entries(texts)) {
    t.is(store.find({ ...anything, tags: new Map([[key, text]]) }).length, 1, key);
  }
});
