import test from 'ava';
import { readOptions, UsageError } from '../faults/options.ts';
import { asJson, asText, type Row } from '../faults/report.ts';
import { scenarioNames } from '../faults/scenarios.ts';
import { exceptions, hasFailed, lacks, type Shape } from '../faults/traces.ts';
import { NO_SPAN, type Span } from '../packages/traced/src/read/span.ts';

test('without scenarios all of them are tried, in the full form', t => {
  const { only, ...others } = readOptions([]) as Exclude<ReturnType<typeof readOptions>, 'help'>;
  t.deepEqual(others, { scenarios: scenarioNames, short: false, json: false });
  t.true(only.test('any title'));
  t.is(readOptions(['--help']), 'help');
});

test('scenarios and checks can be chosen', t => {
  t.deepEqual(readOptions(['--short', '--json', '--only', '^Redis', 'redis', 'upstream']), {
    scenarios: ['redis', 'upstream'],
    only: /^Redis/,
    short: true,
    json: true,
  });
});

test('what cannot be chosen is refused by its name', t => {
  const refused = (...args: string[]) =>
    t.throws(() => readOptions(args), { instanceOf: UsageError })?.message;
  t.is(refused('redis', 'weather', 'moon'), 'there is no scenario "weather", "moon"');
  t.is(refused('--only', '(Redis'), '"(Redis" is no regular expression');
  t.regex(refused('--fast') ?? '', /--fast/);
});

const row = (title: string, more: Partial<Row> = {}): Row => ({
  scenario: 'redis',
  title,
  seconds: 1.5,
  requests: 1_200,
  answered: 1_200,
  whole: 1_200,
  seen: '400 with 503',
  problems: [],
  ...more,
});

const rows: Row[] = [
  row('Redis away'),
  row('Redis full', { answered: 1_198, whole: 1_197, problems: ['2 × broken: cut off', '1 trace'] }),
  row('failover', { requests: 0, answered: 0, whole: undefined, seen: '', skipped: 'there is no Redis' }),
];

test('the table says what held, failed and could not be tried, and why', t => {
  t.is(
    asText(rows),
    `scenario  fault       requests  answered  whole traces           seen
redis     Redis away     1,200     1,200         1,200  held     400 with 503
redis     Redis full     1,200     1,198         1,197  FAILED   400 with 503
redis     failover           0         0             -  skipped  there is no Redis

! Redis full: 2 × broken: cut off
! Redis full: 1 trace
1 passed, 1 failed, 1 skipped
`,
  );
  t.deepEqual(JSON.parse(asJson(rows)).rows[1], rows[1]);
});

const traceID = '0123456789abcdef0123456789abcdef';

/** @param parent `NO_SPAN` for one that has none */
const span = (spanID: string, parent: string, operationName: string, failed?: string): Span => ({
  traceID,
  spanID,
  flags: 1,
  operationName,
  references: parent === NO_SPAN ? [] : [{ refType: 'CHILD_OF', traceID, spanID: parent }],
  startTime: 0n,
  duration: 1n,
  tags: failed === undefined ? [] : [{ key: 'error', type: 'bool', value: true }],
  logs:
    failed === undefined
      ? []
      : [{ time: 0n, fields: [{ key: 'exception.message', type: 'string', value: failed }] }],
  process: { serviceName: operationName === 'GET /' ? 'root-fn' : 'gateway-fn', tags: [] },
  warnings: [],
});

const [server, call, called] = ['000000000000000a', '000000000000000b', '000000000000000c'] as const;

/** The gateway's server span, its call, and the function's server span, each below the one before. */
const trace = (failed?: string): Span[] => [
  span(server, NO_SPAN, 'GET /all', failed),
  span(call, server, 'GET', failed),
  span(called, call, 'GET /', failed),
];

const shape: Shape = { least: { 'gateway-fn GET /all': 1, 'gateway-fn GET': 1, 'root-fn GET /': 1 } };
const failing: Shape = {
  ...shape,
  failed: ['root-fn GET /'],
  because: each => hasFailed(each) && exceptions(each).includes('no Redis'),
};

test('a trace that has all its spans lacks nothing', t => {
  t.is(lacks(trace(), shape), undefined);
  t.is(lacks([...trace(), span('000000000000000d', called, 'more')], shape), undefined);
  t.is(lacks(trace('no Redis'), failing), undefined);
});

test('a trace lacks the spans that did not come', t => {
  t.is(lacks([], shape), '0 of 1 spans "gateway-fn GET /all"');
  t.is(lacks(trace().slice(0, 2), shape), '0 of 1 spans "root-fn GET /"');
  t.is(lacks(trace(), { least: { 'gateway-fn GET': 50 } }), '1 of 50 spans "gateway-fn GET"');
});

test('a trace lacks the parents of spans that hang in the air, but not the span of who sent the request', t => {
  const [, ...lost] = trace();
  t.is(lacks(lost, { least: {} }), 'the parents of 1 spans');
  t.is(lacks(lost, { least: {}, sender: server }), undefined);
});

test('a failed request’s trace lacks what says that it failed, and why', t => {
  t.is(lacks(trace(), failing), 'no "root-fn GET /" that says it failed');
  t.is(lacks(trace('something else'), failing), 'no span that says why');
});
