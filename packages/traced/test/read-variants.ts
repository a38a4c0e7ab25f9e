// One trace in the variants in which backends and exporters write it.
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces, SetAside } from '../src/read/index.ts';

function readWhole(text: string): JaegerTrace[] {
  const setAside = new SetAside();
  const traces = readTraces(text, setAside);
  return setAside.sentences().length === 0 ? traces : [];
}

const ids = {
  traceId: '5a334ce0b06516597421e5b4af7f46b5',
  root: '01ca7538bbdebd47',
  child: '0b53330d5e4b2ac0',
};

const span = (spanId: string, parts: object = {}) => ({
  traceId: ids.traceId,
  spanId,
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000001000000000',
  ...parts,
});
const document = (...spans: unknown[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] },
      scopeSpans: [{ scope: { name: 'scope' }, spans }],
    },
  ],
});
const root = span(ids.root, { attributes: [{ key: 'n', value: { intValue: '7' } }] });
const child = span(ids.child, { parentSpanId: ids.root, kind: 3, status: { code: 2 } });
const whole = document(root, child);

const text = JSON.stringify(whole);
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');
const withIds = (change: (id: string) => string) =>
  Object.values(ids).reduce((changed, id) => changed.replaceAll(`"${id}"`, `"${change(id)}"`), text);

const variants: Record<string, string> = {
  'as the Collector’s file exporter does': `${text}\n`,
  'a span a line': [root, child].map(each => JSON.stringify(document(each))).join('\n'),
  'with ids in upper case': withIds(id => id.toUpperCase()),
  'with ids without leading zeros': withIds(id => id.replace(/^0+/, '')),
  'with ids in base64': withIds(base64),
  'with ids in base64 for URLs, without padding': withIds(id => Buffer.from(id, 'hex').toString('base64url')),
  'with ids after 0x': withIds(id => `0x${id}`),
  'with enumerations by name': text
    .replaceAll('"kind":2', '"kind":"SPAN_KIND_SERVER"')
    .replaceAll('"kind":3', '"kind":"SPAN_KIND_CLIENT"')
    .replaceAll('"code":2', '"code":"STATUS_CODE_ERROR"'),
  'with enumerations by short name': text
    .replaceAll('"kind":2', '"kind":"Server"')
    .replaceAll('"kind":3', '"kind":"CLIENT"')
    .replaceAll('"code":2', '"code":"error"'),
  'with enumerations as text': text.replaceAll(/"(kind|code)":(\d)/g, '"$1":"$2"'),
  'with 64-bit integers as numbers': text.replaceAll(/"(\d{19}|7)"/g, '$1'),
  'with empty and null fields': text
    .replaceAll('"kind"', '"parentSpanId":"","links":null,"events":[],"traceState":null,"kind"')
    .replace('"parentSpanId":"","links":null,"events":[],"traceState":null,"kind":3', '"kind":3'),
  'as Tempo’s API does': JSON.stringify({ batches: whole.resourceSpans }),
  'as Tempo’s newer API does': JSON.stringify({ trace: whole, metrics: {}, status: 'COMPLETE' }),
  'as Jaeger’s API v3 does': JSON.stringify({ result: whole }),
  'as Jaeger’s API v3 does in chunks': [root, child]
    .map(each => JSON.stringify({ result: document(each) }))
    .join('\n'),
  'as Jaeger’s API v3 does in chunks without breaks': [root, child]
    .map(each => JSON.stringify({ result: document(each) }))
    .join(''),
  'with a byte order mark before each document': [root, child]
    .map(each => `\ufeff${JSON.stringify(document(each))}`)
    .join('\r\n'),
  'with commas between documents': [root, child]
    .map(each => JSON.stringify(document(each), null, 1))
    .join(',\n'),
};

for (const [name, variant] of Object.entries(variants)) {
  test(`OTLP is read ${name}`, t => {
    const [trace, ...more] = readWhole(variant);
    t.is(more.length, 0);
    t.is(trace?.traceID, ids.traceId);
    const tree = buildTree(trace as JaegerTrace);
    t.deepEqual(tree.notes, []);
    t.deepEqual(
      [tree.root?.id, tree.root?.service, tree.root?.kind, tree.duration],
      [ids.root, 'web', 'server', 1e6],
    );
    const [below] = tree.root?.children ?? [];
    t.deepEqual([below?.id, below?.kind, below?.failed], [ids.child, 'client', true]);
    t.deepEqual(
      tree.root?.span.tags.find(({ key }) => key === 'n'),
      { key: 'n', type: 'int64', value: 7 },
    );
  });
}

test('Jaeger 2’s JSON is read as Jaeger 1’s', t => {
  const jaeger = (form: 1 | 2) => ({
    data: [
      {
        traceID: ids.traceId,
        spans: [
          {
            traceID: ids.traceId,
            spanID: ids.root,
            ...(form === 1 ? { flags: 1 } : {}),
            operationName: 'GET /',
            references: [],
            startTime: 1_700_000_000_000_000,
            duration: 1_000_000,
            tags: [
              { key: 'http.status_code', type: 'int64', value: form === 1 ? 200 : '200' },
              { key: 'ratio', type: 'float64', value: form === 1 ? 0.5 : '0.5' },
              { key: 'large', type: 'int64', value: '9223372036854775807' },
              { key: 'error', type: 'bool', value: form === 1 ? true : 'true' },
            ],
            logs: [],
            processID: 'p1',
            ...(form === 1 ? { warnings: null } : {}),
          },
        ],
        processes: { p1: { serviceName: 'missing-service-name', tags: [] } },
      },
    ],
  });
  const [one, two] = ([1, 2] as const).map(form => readWhole(JSON.stringify(jaeger(form)))[0]);
  const { flags, ...expected } = one?.spans[0] ?? {};
  t.is(flags, 1);
  t.deepEqual(two?.spans, [expected]);
  t.deepEqual(two?.processes, one?.processes);
});

test('a trace whose spans came in several formats is one trace', t => {
  const jaeger = {
    traceID: ids.traceId.toUpperCase(),
    spans: [
      {
        traceID: ids.traceId.toUpperCase(),
        spanID: ids.root.toUpperCase(),
        operationName: 'GET /',
        references: [],
        startTime: 1_700_000_000_000_000,
        duration: 1e6,
        tags: [],
        logs: [],
        processID: 'p1',
        warnings: null,
      },
    ],
    processes: { p1: { serviceName: 'gateway', tags: [] } },
  };
  const zipkin = {
    traceId: ids.traceId,
    id: '9',
    parentId: ids.child.replace(/^0/, ''),
    timestamp: 1_700_000_000_100_000,
    duration: 5,
    localEndpoint: { serviceName: 'db' },
  };
  const documents = [{ data: [jaeger] }, document(child), [zipkin]];
  const [trace, ...more] = readWhole(documents.map(each => JSON.stringify(each)).join('\n'));
  t.is(more.length, 0);
  const { roots, nodes } = buildTree(trace as JaegerTrace);
  t.is(roots.length, 1);
  t.deepEqual(
    nodes.map(({ service, depth }) => [service, depth]),
    [
      ['gateway', 0],
      ['web', 1],
      ['db', 2],
    ],
  );
});
