// Clocks of several hosts, and clocks that have whole milliseconds only. Times in ms.
import test from 'ava';
import type { JaegerTag, JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { buildTree } from '../src/diagnosis/tree.ts';

interface Drawn {
  id: string;
  parent?: string;
  service?: string;
  process?: string;
  kind?: string;
  status?: number;
  at: [start: number, end: number];
}

type Hosts = Record<string, Record<string, string>>;

const begin = 1_700_000_000_000;
const tag = (key: string, value: string): JaegerTag => ({ key, type: 'string', value });

/** @param hosts the attributes of each process */
function traceOf(drawn: readonly Drawn[], hosts: Hosts = {}): JaegerTrace {
  const services = new Map(drawn.map(({ process, service = 'web' }) => [process ?? service, service]));
  return {
    traceID: 't',
    spans: drawn.map(
      ({ id, parent, service = 'web', process = service, kind, status, at: [start, end] }) => ({
        traceID: 't',
        spanID: id,
        operationName: id,
        references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }],
        startTime: Math.round((begin + start) * 1_000),
        duration: Math.round((end - start) * 1_000),
        tags: [
          ...(kind === undefined ? [] : [tag('span.kind', kind)]),
          ...(status === undefined
            ? []
            : [tag('http.request.method', 'GET'), tag('http.response.status_code', String(status))]),
        ],
        logs: [],
        processID: process,
        warnings: null,
      }),
    ),
    processes: Object.fromEntries(
      [...services].map(([id, serviceName]) => [
        id,
        { serviceName, tags: Object.entries(hosts[id] ?? {}).map(([key, value]) => tag(key, value)) },
      ]),
    ),
    warnings: null,
  };
}

function timesOf(trace: JaegerTrace): Record<string, [number, number]> {
  const { nodes } = buildTree(trace);
  return Object.fromEntries(nodes.map(({ id, start, end }) => [id, [start / 1_000, end / 1_000]]));
}

//  web  GET    |----------------------|       has its response
//  api    GET /           |--------------------|     its clock is ahead
const ahead = (status?: number): Drawn[] => [
  { id: 'client', kind: 'client', at: [0, 200], ...(status === undefined ? {} : { status }) },
  { id: 'server', parent: 'client', service: 'api', kind: 'server', at: [155, 345] },
  { id: 'query', parent: 'server', service: 'api', at: [160, 340] },
];

test('a server that ends after its client got the response is moved into it, with all below', t => {
  t.deepEqual(timesOf(traceOf(ahead(200))), { client: [0, 200], server: [5, 195], query: [10, 190] });
});

test('a server that ends after a client that has no response stays where it was', t => {
  t.deepEqual(timesOf(traceOf(ahead()))['server'], [155, 345]);
});

test('a server that took longer than its client waited may have worked on, and stays where it was', t => {
  const [client, server] = ahead(200) as [Drawn, Drawn];
  t.deepEqual(timesOf(traceOf([client, { ...server, at: [1, 300] }]))['server'], [1, 300]);
});

test('a server that ends a little after its client stays where it was', t => {
  const [client, server] = ahead(200) as [Drawn, Drawn];
  t.deepEqual(timesOf(traceOf([client, { ...server, at: [100, 209] }]))['server'], [100, 209]);
});

test('a server on the host of its client has the same clock, whatever its service', t => {
  for (const key of ['host.id', 'k8s.node.name', 'host.name', 'hostname', 'ip', 'k8s.pod.name']) {
    const same = traceOf(ahead(200), { web: { [key]: 'a' }, api: { [key]: 'a' } });
    t.deepEqual(timesOf(same)['server'], [155, 345], key);
    const different = traceOf(ahead(200), { web: { [key]: 'a' }, api: { [key]: 'b' } });
    t.deepEqual(timesOf(different)['server'], [5, 195], key);
  }
});

test('containers of one node have one clock, and replicas of one service on two hosts have two', t => {
  const containers = {
    web: { 'k8s.node.name': 'n', 'host.name': 'a' },
    api: { 'k8s.node.name': 'n', 'host.name': 'b' },
  };
  t.deepEqual(timesOf(traceOf(ahead(200), containers))['server'], [155, 345]);
  const replicas = ahead(200).map((span, i) => ({
    ...span,
    service: 'web',
    process: i === 0 ? 'one' : 'two',
  }));
  const hosts = { one: { 'host.name': 'a' }, two: { 'host.name': 'b' } };
  t.deepEqual(timesOf(traceOf(replicas, hosts))['server'], [5, 195]);
  t.deepEqual(timesOf(traceOf(replicas))['server'], [155, 345], 'one service whose hosts are unknown');
});

//  exact     |-0.3-|-0.3-|-0.3-|-0.3-|-0.3-|-0.3-|
//  recorded  |-0.3-                  |-0.3-        three times each
const parent: Drawn = { id: 'root', at: [0, 3.4] };
const calls = (starts: readonly number[], length: number): Drawn[] =>
  starts.map((start, i) => ({ id: `c${i}`, parent: 'root', at: [start, start + length] }));

test('short calls of one process whose starts were cut to whole milliseconds follow one another', t => {
  const { nodes, notes } = buildTree(traceOf([parent, ...calls([0, 0, 0, 1, 1, 1, 3], 0.3)]));
  t.deepEqual(
    nodes.slice(1).map(({ start, end }) => [start / 1_000, end / 1_000]),
    [
      [0, 0.3],
      [0.3, 0.6],
      [0.6, 0.9],
      [1, 1.3],
      [1.3, 1.6],
      [1.6, 1.9],
      [3, 3.3],
    ],
  );
  t.deepEqual(notes, ['4 spans moved by less than a millisecond, since their clock has whole ones.']);
});

test('what is below a call that is moved is moved along', t => {
  const below: Drawn[] = [
    { id: 'below', parent: 'c1', at: [0, 0.2] },
    { id: 'deep', parent: 'below', at: [0, 0.1] },
  ];
  const times = timesOf(traceOf([parent, ...calls([0, 0], 0.3), ...below]));
  t.deepEqual(
    [times['below'], times['deep']],
    [
      [0.3, 0.5],
      [0.3, 0.4],
    ],
  );
});

test('calls in parallel stay in parallel', t => {
  const longer = timesOf(traceOf([parent, ...calls([0, 0], 1.2)]));
  t.deepEqual(longer['c1'], [0, 1.2], 'they overlap by more than a start can be off by');
  const together = timesOf(traceOf([{ id: 'root', at: [0, 0.9] }, ...calls([0, 0], 0.8)]));
  t.deepEqual(together['c1'], [0, 0.8], 'their parent had no time for one after the other');
  const exact = timesOf(traceOf([parent, ...calls([0.1, 0.2], 0.3)]));
  t.deepEqual(exact['c1'], [0.2, 0.5], 'their clock has microseconds');
  const processes = calls([0, 0], 0.3).map((call, i) => ({ ...call, process: `p${i}` }));
  t.deepEqual(timesOf(traceOf([parent, ...processes]))['c1'], [0, 0.3], 'two processes may run at once');
});

test('a start that was cut to before its caller’s is no sign of another clock', t => {
  const times = timesOf(
    traceOf([
      { id: 'client', kind: 'client', at: [0.4, 5] },
      { id: 'server', parent: 'client', service: 'api', kind: 'server', at: [0, 3.3] },
    ]),
  );
  t.deepEqual(times, { client: [0, 4.6], server: [0, 3.3] });
});
