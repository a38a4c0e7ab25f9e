// Zipkin's JSON: lists of spans, or of traces that are lists of spans.
import test from 'ava';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { readTraces } from '../src/read/index.ts';

const traceId = '463ac35c9f6413ad48485a3953bb6124';

//  web  |--- GET /cart (client) ---|
//  api      |- GET /cart (server) -|       same id, shared
//  api         |- select -|
const spans = [
  {
    traceId,
    id: 'A2FB4A1D1A96D312',
    kind: 'CLIENT',
    name: 'get /cart',
    timestamp: 1_700_000_000_000_000,
    duration: 200_000,
    localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1' },
    remoteEndpoint: { serviceName: 'api', ipv4: '10.0.0.2', port: 8080 },
    tags: { 'http.method': 'GET', 'http.status_code': '500', error: 'connection reset' },
  },
  {
    traceId,
    id: 'a2fb4a1d1a96d312',
    kind: 'SERVER',
    name: 'get /cart',
    timestamp: 1_700_000_000_010_000,
    duration: 180_000,
    localEndpoint: { serviceName: 'api' },
    shared: true,
  },
  {
    traceId,
    parentId: 'a2fb4a1d1a96d312',
    id: '0000000000000009',
    name: 'select',
    timestamp: 1_700_000_000_020_000,
    duration: 100_000,
    localEndpoint: { serviceName: 'api' },
    annotations: [{ timestamp: 1_700_000_000_030_000, value: 'row' }],
    tags: { 'db.statement': 'SELECT 1' },
  },
];

const treeOf = (input: unknown) => buildTree(readTraces(JSON.stringify(input))[0] as JaegerTrace);

test('a client’s span that its server shares is above the server’s, and the server’s children below that', t => {
  const { root, nodes } = treeOf(spans);
  t.is(nodes.length, 3);
  t.deepEqual([root?.service, root?.kind, root?.failed], ['web', 'client', true]);
  const server = root?.children[0];
  t.deepEqual([server?.service, server?.kind, server?.start], ['api', 'server', 10_000]);
  t.deepEqual(
    server?.children.map(({ name, kind, end }) => [name, kind, end]),
    [['select', 'client', 120_000]],
  );
});

test('tags, endpoints and annotations are tags and logs', t => {
  const [trace] = readTraces(JSON.stringify(spans));
  t.is(trace?.traceID, traceId);
  t.deepEqual(
    trace?.spans[0]?.tags.map(({ key, value }) => [key, value]),
    [
      ['span.kind', 'client'],
      ['http.method', 'GET'],
      ['http.status_code', '500'],
      ['error', true],
      ['error.message', 'connection reset'],
      ['peer.service', 'api'],
      ['net.peer.ip', '10.0.0.2'],
      ['net.peer.port', 8080],
    ],
  );
  t.deepEqual(trace?.spans[2]?.logs, [
    { timestamp: 1_700_000_000_030_000, fields: [{ key: 'event', type: 'string', value: 'row' }] },
  ]);
  t.deepEqual(
    Object.values(trace?.processes ?? {}).map(({ serviceName }) => serviceName),
    ['web', 'api'],
  );
});

test('a list of traces, a span a line and a single span are read', t => {
  const other = { ...spans[0], traceId: '463ac35c9f6413ad' };
  t.deepEqual(
    readTraces(JSON.stringify([spans, [other]])).map(({ spans }) => spans.length),
    [3, 1],
  );
  t.is(readTraces(spans.map(span => JSON.stringify(span)).join('\n'))[0]?.spans.length, 3);
  t.is(readTraces(JSON.stringify(other))[0]?.traceID, '463ac35c9f6413ad');
});

test('a root’s parent of zeros, an error of "false" and what is missing are as if not there', t => {
  const { root } = treeOf([
    { traceId, id: '1', parentId: '0000000000000000', timestamp: 7, tags: { error: 'false' } },
  ]);
  t.deepEqual(
    [root?.service, root?.name, root?.failed, root?.missingParent],
    ['missing-service-name', '', false, undefined],
  );
});

test('a trace id of 64 bits that is padded to 128 is the same trace', t => {
  const padded = { ...spans[2], traceId: `${'0'.repeat(16)}48485a3953bb6124`, id: '7' };
  const short = { ...spans[0], traceId: '48485A3953BB6124' };
  t.deepEqual(
    readTraces(JSON.stringify([short, padded])).map(({ spans }) => spans.length),
    [2],
  );
});
