import test from 'ava';
import { edge, isKnative, missing } from '../e2e/expected.ts';
import { readOptions, UsageError } from '../e2e/options.ts';
import { orphans, spansOf } from '../e2e/trace.ts';
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';

/** `service kind name`, below the span with the number `parent`. */
type Row = [what: string, parent?: number];

const traceID = 'f'.repeat(32);
const kindTag = (value: string): JaegerTag => ({ key: 'span.kind', type: 'string', value });

function traceOf(rows: Row[]): JaegerTrace {
  const processes: JaegerTrace['processes'] = {};
  const spans = rows.map(([what, parent], index): JaegerSpan => {
    const [service = '', kind = '', name = ''] = what.split(' ');
    processes[service] = {
      serviceName: service,
      tags: [{ key: 'faas.version', type: 'string', value: 'r1' }],
    };
    const references =
      parent === undefined ? [] : [{ refType: 'CHILD_OF' as const, traceID, spanID: String(parent) }];
    return {
      ...{ traceID, spanID: String(index), operationName: name, references, startTime: 0, duration: 1 },
      ...{ tags: [kindTag(kind)], logs: [], processID: service, warnings: null },
    };
  });
  return { traceID, spans, processes, warnings: null };
}

// kourier ─ gateway-fn ─ client ─ activator ─ queue-proxy ─ root-fn
const through: Row[] = [
  ['kourier server ingress'],
  ['gateway-fn server /', 0],
  ['gateway-fn client GET', 1],
  ['activator server GET', 2],
  ['root internal kn.queueproxy.proxy', 3],
  ['root-fn server /', 4],
];

test('an edge has what is between the gateway’s client span and the function’s server span', t => {
  const way = edge(spansOf(traceOf(through)), 'root');
  if (typeof way === 'string') {
    t.fail(way);
    return;
  }
  t.is(way.client.name, 'GET');
  t.deepEqual(
    way.between.map(span => span.service),
    ['activator', 'root'],
  );
  t.true(way.between.every(isKnative));
});

test('a function’s own spans are not Knative’s', t => {
  t.deepEqual(spansOf(traceOf(through)).map(isKnative), [false, false, false, true, true, false]);
});

test('there is no edge where the function’s span hangs elsewhere', t => {
  const elsewhere = traceOf([['gateway-fn server /'], ['root-fn server /']]);
  t.is(edge(spansOf(elsewhere), 'root'), 'root’s server span does not descend from the gateway');
});

test('a trace without pieces of work lacks them', t => {
  const pieces = (count: number): Row[] => Array.from({ length: count }, () => ['alpha-fn internal work', 1]);
  const rows: Row[] = [['gateway-fn server /alpha'], ['alpha-fn server /alpha', 0]];
  t.deepEqual(missing(['alpha'])(traceOf([...rows, ...pieces(98)])), ['2 of alpha’s 100 pieces of work']);
  t.deepEqual(missing(['alpha'])(traceOf([...rows, ...pieces(100)])), []);
});

test('a trace without a function’s server span lacks it', t => {
  t.deepEqual(missing(['root'])(traceOf([])), ['the gateway’s server span', 'root’s server span']);
});

test('a span whose parent has not arrived is an orphan', t => {
  t.deepEqual(orphans(traceOf([['root-fn server /', 7]])), ['the parent of root-fn /']);
  t.deepEqual(orphans(traceOf(through)), []);
});

test('e2e refuses an option that it does not know', t => {
  t.throws(() => readOptions(['--nothing']), { instanceOf: UsageError });
  t.throws(() => readOptions(['--only', '(']), { instanceOf: UsageError });
});
