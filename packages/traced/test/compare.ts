import test from 'ava';
import { compare, type RequestComparison } from '../src/diagnosis/compare.ts';
import type { Cause } from '../src/diagnosis/compare-paths.ts';
import { formatChange } from '../src/diagnosis/compare-text.ts';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { mirrored } from './helpers/mirrored.ts';
import { timeline } from './helpers/timeline.ts';

/** The only kind of request that two drawings have in common. */
function compared(before: string | JaegerTrace[], after: string | JaegerTrace[]): RequestComparison {
  const traces = (drawn: string | JaegerTrace[]) => (typeof drawn === 'string' ? [timeline(drawn)] : drawn);
  const { requests } = compare(traces(before), traces(after));
  return requests[0] as RequestComparison;
}

/** Service and operation, why it changed and by how many ms it changed the request. */
const contributions = ({ paths }: RequestComparison) =>
  paths.map(({ service, operation, cause, contribution }) => [
    `${service} ${operation}`,
    cause,
    contribution / 1_000,
  ]);

const quick = `
  gateway GET /     |----------|
    alpha GET /alpha  |------|
      alpha work        |-||-|
`;

test('a slower span accounts for the change', t => {
  const slow = `
    gateway GET /     |---------------|
      alpha GET /alpha  |-----------|
        alpha work        |------||-|
  `;
  const request = compared(quick, slow);
  t.is(request.verdict, 'too-few');
  t.deepEqual(request.change, { by: 5_000, interval: undefined });
  t.deepEqual(contributions(request), [
    ['alpha work', 'slower', 5],
    ['gateway GET /', 'same', 0],
    ['alpha GET /alpha', 'same', 0],
  ]);
  t.is(
    request.sentence,
    'gateway GET / took 16.0 ms instead of 11.0 ms (+5.0 ms; one trace each), by alpha work (+5.0 ms): too few to tell whether it became slower.',
  );
});

test('spans of other ids share a path, which loses them in its name', t => {
  const one = `
    shop GET /cart      |------|
      db   find user 17   |--|
  `;
  const [root, find] = compared(one, one.replace('user 17', 'user 8 ')).paths;
  t.deepEqual([root?.operation, find?.operation], ['GET /cart', 'find user #']);
  t.is(find?.parent, root);
  t.is(find?.depth, 1);
  t.is(compared(one, one).paths[1]?.operation, 'find user 17');
});

test('the same span below another parent is on another path', t => {
  const other = quick.replace('    alpha GET /alpha', '    alpha GET /other');
  const causes = compared(quick, other).paths.map(({ operation, cause }) => [operation, cause]);
  t.deepEqual(causes.sort(), [
    ['GET /', 'same'],
    ['GET /alpha', 'gone'],
    ['GET /other', 'new'],
    ['work', 'gone'],
    ['work', 'new'],
  ]);
});

/** What is drawn, before and after, and why the path of that name changed. */
const reasons: [cause: Cause, name: string, before: string, after: string][] = [
  [
    'fewer',
    'set',
    `
    redis GET /redis |--------------|
      redis set        |--||--||--|
    `,
    `
    redis GET /redis |------|
      redis set        |--|
    `,
  ],
  [
    'not-waited-for',
    'GET /beta',
    `
    gateway GET /all   |----------------|
      alpha GET /alpha   |-----|
      beta GET /beta            |-----|
    `,
    `
    gateway GET /all   |-----------|
      alpha GET /alpha   |-------|
      beta GET /beta      |-----|
    `,
  ],
  [
    'gone',
    'connect',
    `
    redis GET /redis |----------|
      redis connect    |----|
      redis set              |-|
    `,
    `
    redis GET /redis |-----|
      redis set        |-|
    `,
  ],
];

for (const [cause, name, before, after] of reasons) {
  test(`a path whose spans are ${cause} says so, and the other way round`, t => {
    const causeOf = (request: RequestComparison) =>
      request.paths.find(({ operation }) => operation === name)?.cause;
    t.is(causeOf(compared(before, after)), cause);
    t.is(causeOf(compared(after, before)), mirrored(cause));
  });
}

test('one piece of a hundred that stands still is seen by its longest span and the critical path', t => {
  const [stalled] = compared(work(100, 0), work(100, 10_000)).paths;
  t.deepEqual([stalled?.operation, stalled?.cause, stalled?.contribution], ['work', 'slower', 10_000_000]);
  t.is(stalled?.before?.longest, 1_000);
  t.is(stalled?.after?.longest, 10_001_000);
  t.is(stalled?.after?.median, 1_000);
  t.is(stalled?.after?.spansPerTrace, 100);
  t.is(stalled?.after?.critical, 10_100_000);
});

/** Traces of pieces of work of 1 ms one after the other, the last `stall` ms longer. */
function work(pieces: number, stall: number): JaegerTrace[] {
  const length = pieces + stall;
  return [
    requestOf(
      length,
      Array.from({ length: pieces }, (_, i) => [i, i === pieces - 1 ? length : i + 1] as const),
    ),
  ];
}

/** A trace of a root and pieces of work below it, each from and to so many ms. */
function requestOf(
  length: number,
  pieces: readonly (readonly [from: number, to: number])[],
  name = 'GET /',
): JaegerTrace {
  const span = (id: string, operationName: string, from: number, to: number) => ({
    traceID: 't',
    spanID: id,
    operationName,
    references: id === 'root' ? [] : [{ refType: 'CHILD_OF' as const, traceID: 't', spanID: 'root' }],
    startTime: 1_700_000_000_000_000 + from * 1_000,
    duration: (to - from) * 1_000,
    tags: [],
    logs: [],
    processID: 'p1',
    warnings: null,
  });
  const spans = [
    span('root', name, 0, length),
    ...pieces.map(([from, to], i) => span(`w${i}`, 'work', from, to)),
  ];
  return { traceID: 't', spans, processes: { p1: { serviceName: 'alpha-fn', tags: [] } }, warnings: null };
}

const lasting = (...lengths: number[]) => lengths.map(length => requestOf(length, [[0, length - 1]]));

test('medians, 95th percentiles and means are over the traces of a set', t => {
  const request = compared(lasting(10, 20, 60), lasting(10));
  t.deepEqual(request.before, { traces: 3, median: 20_000, p95: 56_000, mean: 30_000 });
  const [path] = request.paths;
  t.is(path?.before?.median, 19_000);
  t.is(path?.before?.criticalMean, 29_000);
});

test('a trace with many spans on a path counts as much as one with few', t => {
  const many = requestOf(
    50,
    Array.from({ length: 40 }, (_, i) => [i, i + 1] as const),
  );
  const [path] = compared([many, ...lasting(10, 10)], lasting(10)).paths;
  t.is(path?.before?.median, 9_000);
  t.is(path?.before?.spansPerTrace, 14);
  t.is(path?.before?.traces, 3);
});

test('a change beyond what traces differ among themselves is told with its interval', t => {
  const request = compared(lasting(100, 101, 102, 103, 104, 105), lasting(50, 51, 52, 53, 54, 55));
  t.is(request.verdict, 'faster');
  t.regex(
    request.sentence,
    /became faster: 52\.5 ms instead of 103 ms \(−50\.0 ms; 95 % confidence: −5\d\.\d ms to −4\d\.\d ms\)/,
  );
});

test('a change within what traces differ is none', t => {
  const request = compared(lasting(50, 90, 110, 130, 180, 99), lasting(52, 95, 115, 120, 190, 101));
  t.is(request.verdict, 'same');
  t.regex(
    request.sentence,
    /takes about as long as before: 108 ms, 105 ms before \(95 % confidence: −.* to \+.*\)/,
  );
});

test('a few outliers that turn the mean against the median are not said to account for it', t => {
  const request = compared(lasting(...Array(20).fill(10)), lasting(500, ...Array(19).fill(5)));
  t.is(request.verdict, 'faster');
  t.true(request.meanChange > 0);
  t.notRegex(request.sentence, /by alpha-fn/);
});

test('each kind of request is compared by itself, what changed most for most traces first', t => {
  const [a1, a2, b1, b2] = [
    requestOf(10, [], 'GET /a'),
    requestOf(10, [], 'GET /a'),
    requestOf(10, [], 'GET /b'),
    requestOf(900, [], 'GET /b'),
  ] as [JaegerTrace, JaegerTrace, JaegerTrace, JaegerTrace];
  const onlyHere = requestOf(5, [], 'GET /c');
  const onlyThere = requestOf(6, [], 'GET /d');
  const empty = { traceID: 'e', spans: [], processes: {}, warnings: null };
  const comparison = compare([a1, b1, onlyHere, empty], [onlyThere, b2, a2]);
  t.deepEqual([comparison.before, comparison.after], [3, 3]);
  t.deepEqual(
    comparison.requests.map(({ operation, verdict }) => [operation, verdict]),
    [
      ['GET /b', 'slower'],
      ['GET /a', 'same'],
    ],
  );
  t.deepEqual(comparison.onlyBefore, [
    { service: 'alpha-fn', operation: 'GET /c', traces: 1, median: 5_000 },
  ]);
  t.deepEqual(comparison.onlyAfter, [{ service: 'alpha-fn', operation: 'GET /d', traces: 1, median: 6_000 }]);
  t.regex(comparison.conclusion, /^1 of 2 requests changed, most of all: alpha-fn GET \/b became slower/);
});

test('sets with nothing in common are said to have nothing in common', t => {
  const { conclusion, requests } = compare([requestOf(5, [], 'GET /c')], [requestOf(6, [], 'GET /d')]);
  t.deepEqual(requests, []);
  t.is(conclusion, 'The sets have no request in common: alpha-fn GET /c before, alpha-fn GET /d after.');
  t.is(compare([], [requestOf(6, [])]).conclusion, 'Nothing to compare: 0 and 1 trace.');
});

test('a request whose name differs in its id is named without it', t => {
  const [one, other] = [requestOf(5, [], 'GET /user/17'), requestOf(6, [], 'GET /user/18')];
  t.is(compare([one], [other]).requests[0]?.operation, 'GET /user/#');
  t.is(compare([one, other], []).onlyBefore[0]?.operation, 'GET /user/#');
  t.is(compare([one], [one]).requests[0]?.operation, 'GET /user/17');
});

test('changes are written with their sign', t => {
  t.deepEqual([-9_980_000, 1_200, 0, 0.2, -0.2].map(formatChange), ['−9.98 s', '+1.2 ms', '0', '0', '0']);
});

test('a trace of 20,000 spans, each below the one before, is compared with itself', t => {
  const chain = requestOf(1, []);
  const [root] = chain.spans;
  for (let i = 0; i < 20_000 && root !== undefined; i++) {
    const references = [
      { refType: 'CHILD_OF' as const, traceID: 't', spanID: i === 0 ? 'root' : `s${i - 1}` },
    ];
    chain.spans.push({ ...root, spanID: `s${i}`, references });
  }
  const [request] = compare([chain], [chain]).requests;
  t.is(request?.paths.length, 20_001);
});
