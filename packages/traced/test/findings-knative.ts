import { readFileSync } from 'node:fs';
import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import type { Finding } from '../src/diagnosis/findings.ts';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { timeKindsOf } from '../src/diagnosis/time-use.ts';
import { buildTree } from '../src/diagnosis/tree.ts';
import { timeline } from './helpers/timeline.ts';

/** A trace as Knative 1.23 with Kourier made it, less most of its tags and of alpha's hundred pieces of work. */
function stored(name: string): JaegerTrace {
  const file = new URL(`fixtures/traces/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).data[0];
}

const findings = (drawing: string): readonly Finding[] =>
  diagnose(timeline(drawing, { columnUs: 10_000 })).findings;

/** Kind, title, and what would be saved in ms. */
const short = ({ kind, title, saving }: Finding) => [kind, title, saving && Math.round(saving / 1_000)];

/** µs of the critical path by kind of time, in ms. */
const byKind = (trace: JaegerTrace): Record<string, number> =>
  Object.fromEntries(
    diagnose(trace).time.byKind.map(({ name, critical }) => [name, Math.round(critical / 1_000)]),
  );

const warm = `
  kourier ingress                        |------------------|           {kind: server}
    activator GET                        |------------------|           {kind: server}
      activator throttler_try            |
      activator activator_proxy          |------------------|
        activator GET /                  |------------------|           {kind: client}
          root GET                       |------------------|           {kind: server, process: q}
            root kn.queueproxy.proxy     |------------------|           {process: q}
              root kn.queueproxy.wait    |                              {process: q}
                root HTTP GET            |------------------|           {kind: client, process: q}
                  root-fn GET /          |-----------------|            {kind: server}
                    root-fn work           |----||-----|
`;

test('what queue-proxy calls from its wait is on the critical path: the wait has ended by then', t => {
  const tree = buildTree(timeline(warm));
  const call = tree.nodes.find(({ name }) => name === 'HTTP GET');
  t.is(call?.parent?.name, 'kn.queueproxy.proxy');
  t.deepEqual(tree.notes, []);
  t.is(byKind(timeline(warm))['self time'], 18);
});

test('a warm request has no findings, and queue-proxy’s spans are the platform’s, though they bear the Service’s name', t => {
  t.deepEqual(findings(warm).map(short), []);
  const kinds = timeKindsOf(buildTree(timeline(warm)));
  const own = [...kinds].filter(([, kind]) => kind === 'self time').map(([{ name }]) => name);
  t.deepEqual(own, ['GET /', 'work', 'work']);
});

test('a function without spans of its own is a call, not a queue', t => {
  const drawing = `
    root GET                     |----------|    {kind: server, process: q}
      root kn.queueproxy.proxy   |----------|    {process: q}
        root HTTP GET            |----------|    {kind: client, process: q}
  `;
  t.deepEqual(byKind(timeline(drawing)), { outbound: 11, 'queueing in the platform': 0 });
});

test('a real cold start: what the request waited for is told apart, and the rest stays', t => {
  const { findings, duration, whatIf } = diagnose(stored('knative-cold-start'));
  t.deepEqual(findings.map(short), [['cold-start', 'alpha-fn started cold', 2454]]);
  t.regex(
    findings[0]?.sentence ?? '',
    /waited 2\.45 s in activator throttler_try until alpha-fn was there: 1\.83 s until its process began, 597 ms \(boot 381 ms, .*\) of its own start, 22\.5 ms more/,
  );
  t.regex(findings[0]?.advice ?? '', /Most of it is the platform/);
  t.like(findings[0]?.evidence, {
    for: 'alpha-fn',
    codeUs: 597_315,
    waitedUs: 2_453_588,
    platformUs: 1_856_273,
  });
  t.deepEqual([duration, whatIf], [2_653_315, 199_727]);
  t.is(byKind(stored('knative-cold-start'))['cold start'], 2_454);
});

const allCold = `
  gateway-fn GET /all            |--------------------------------------------------|          {kind: server}
    gateway-fn GET               |-------------------|                                         {kind: client}
      activator GET              |------------------|                                          {kind: server}
        activator throttler_try  |---------------|
        activator GET /                          |--|                                          {kind: client}
          root-fn GET /                          |--|                                          {kind: server, faas.coldstart: true}
            root-fn cold start          |------|
    gateway-fn GET               |-----------------------------------------|                   {kind: client}
      activator GET              |-----------------------------------------|                   {kind: server}
        activator throttler_try  |--------------------------------|
        activator GET /beta                                       |-------|                    {kind: client}
          beta-fn GET /beta                                        |------|                    {kind: server, faas.coldstart: true}
            beta-fn cold start             |------------------|
`;

test('functions that started cold at the same time are one finding: each alone would save next to nothing', t => {
  const [finding, ...others] = findings(allCold);
  t.deepEqual(others, []);
  t.deepEqual(finding && short(finding), ['cold-start', 'beta-fn and root-fn started cold', 330]);
  t.regex(
    finding?.sentence ?? '',
    /waited 330 ms .* until beta-fn was there, in parallel 160 ms for root-fn/,
  );
  t.regex(finding?.advice ?? '', /one instance of each/);
});

test('the same functions cold in several traces are one group, whichever was there last', t => {
  const other = allCold
    .replaceAll('root-fn', 'x-fn')
    .replaceAll('beta-fn', 'root-fn')
    .replaceAll('x-fn', 'beta-fn');
  const traces = [allCold, other].map(drawing => timeline(drawing, { columnUs: 10_000 }));
  t.deepEqual(
    diagnoseAll(traces).groups.map(({ kind, traces }) => [kind, traces]),
    [['cold-start', 2]],
  );
});

const firstOf = (tag: string) => `
  activator GET              |-----------------------|         {kind: server}
    activator throttler_try  |--------------|
    activator GET /                         |--------|         {kind: client}
      root-fn GET /                          |-------|         {kind: server${tag}}
`;

test('a wait for a process that says only that it is cold is a cold start, and else a queue', t => {
  t.deepEqual(findings(firstOf(', faas.coldstart: true')).map(short), [
    ['cold-start', 'root-fn started cold', 150],
  ]);
  t.deepEqual(findings(firstOf('')).map(short), [['queueing', '150 ms in the queue for root-fn', 150]]);
});

test('a process that was there before the request began to wait did not make it wait', t => {
  const drawing = `
    activator GET                    |-----------------------|         {kind: server}
      activator throttler_try              |--------|
      activator GET /                               |--------|         {kind: client}
        root-fn GET /                                |-------|         {kind: server, faas.coldstart: true}
          root-fn cold start         |----|
  `;
  t.deepEqual(findings(drawing).map(short), [['queueing', '90.0 ms in the queue for root-fn', 90]]);
});

test('advice on a cold start goes by what took most: the platform, its probe, or the code', t => {
  const drawn = (start: string) => `
    activator GET              |-----------------------|         {kind: server}
      activator throttler_try  |--------------|
      activator GET /                         |--------|         {kind: client}
        root-fn GET /                          |-------|         {kind: server, faas.coldstart: true}
          root-fn cold start   ${start}
  `;
  const advice = (start: string) => findings(drawn(start))[0]?.advice ?? '';
  t.regex(advice('          |--|'), /is the platform:/);
  t.regex(advice('  |--|'), /probe/);
  t.regex(advice('  |-----------|'), /is the code/);
});

test('a real wait in queue-proxy is found where it was, and its saving is all of it', t => {
  const [queue, way] = diagnose(stored('knative-queue')).findings;
  t.deepEqual(queue && short(queue), ['queueing', '658 ms in the queue for alpha-fn', 658]);
  t.regex(queue?.sentence ?? '', /in alpha kn\.queueproxy\.wait for a free place/);
  t.deepEqual(way && short(way), ['gap', '146 ms on the way to gateway-fn', 146]);
});

test('a real 503 of a full queue began in the queue-proxy that gave it, through spans that do not say they failed', t => {
  const { findings } = diagnose(stored('knative-queue-full'));
  const failed = findings.filter(({ kind }) => kind === 'error');
  t.deepEqual(failed.map(short), [['error', 'alpha GET failed', undefined]]);
  t.regex(failed[0]?.sentence ?? '', /status 503; its queue was full\) .*, which is the whole request/);
  t.regex(failed[0]?.advice ?? '', /Let alpha have more instances/);
});

test('waits before several functions of one request are told apart, though their spans are named alike', t => {
  const drawing = `
    gateway-fn GET /all            |--------------------------------|   {kind: server}
      gateway-fn GET               |---------------|                    {kind: client}
        activator GET              |---------------|                    {kind: server}
          activator throttler_try  |---------|
          activator GET /                    |-----|                    {kind: client}
            root-fn GET /                    |-----|                    {kind: server}
      gateway-fn GET                                |--------------|    {kind: client}
        activator GET                               |--------------|    {kind: server}
          activator throttler_try                   |-----|
          activator GET /beta                             |--------|    {kind: client}
            beta-fn GET /beta                             |--------|    {kind: server}
  `;
  t.deepEqual(findings(drawing).map(short), [
    ['queueing', '100 ms in the queue for root-fn', 100],
    ['queueing', '60.0 ms in the queue for beta-fn', 60],
  ]);
});

test('an instance that goes while it is called is no address to take out of the settings', t => {
  const drawing = `
    gateway-fn GET                |------------------------|    {kind: client, error}
      activator GET               |------------------------|    {kind: server, error, kn.service.name: alpha}
        activator activator_proxy |------------------------|
          activator GET /alpha    |------------------------|    {kind: client, error, otel.status_description: "dial tcp: connection refused"}
    alpha-fn GET /alpha           |------------------------|    {kind: server, error, parent: lost}
      alpha-fn work               |------------------------|    {error}
  `;
  const [activator, alpha, ...others] = findings(drawing).filter(({ kind }) => kind === 'error');
  t.deepEqual(others, []);
  t.regex(activator?.sentence ?? '', /began in activator GET \/alpha .* which is the whole request/);
  t.notRegex(alpha?.sentence ?? '', /whole request/);
  t.false(findings(drawing).some(({ kind }) => kind === 'unreachable' || kind === 'gap'));
});

test('Knative’s own spans are not told to look for a sleep', t => {
  const drawn = (bar: string) => `
    kourier ingress     ${bar}    {kind: server}
      root-fn GET /     |-|       {kind: server}
  `;
  const traces = [...Array(9).fill('|--|'), '|---------------------|'].map(bar =>
    timeline(drawn(bar), { columnUs: 10_000 }),
  );
  t.deepEqual(diagnoseAll(traces).groups, []);
});

test('calls through Knative are named by the function that answers', t => {
  const call = (bar: string, service: string) => `
      gateway-fn GET        ${bar}    {kind: client}
        kourier ingress     ${bar}    {kind: server}
          ${service} GET /x   ${bar}    {kind: server}`;
  const drawing = `
    gateway-fn GET /all     |--------------------------------|    {kind: server}${[
      call('|--------|', 'root-fn '),
      call('          |--------|', 'beta-fn '),
      call('                    |--------|', 'redis-fn'),
    ].join('')}
  `;
  const [serial] = findings(drawing);
  t.regex(serial?.sentence ?? '', /GET to root-fn, GET to beta-fn, GET to redis-fn/);
});

test('a process that no request waited for has its start as a trace, which says what it was made of', t => {
  const [finding, ...others] = diagnose(
    timeline(`
      alpha-fn cold start  |---------------------------|
        alpha-fn boot      |----|
        alpha-fn sdk            |--------|
        alpha-fn load                    |---------|
        alpha-fn listen                            |---|
    `),
  ).findings;
  t.deepEqual(others, []);
  t.like(finding, { kind: 'cold-start', service: 'alpha-fn', saving: undefined });
  t.is(
    finding?.sentence,
    'alpha-fn started a process in 28.0 ms (boot 5.0 ms, sdk 9.0 ms, load 10.0 ms, listen 4.0 ms). No request of this trace waited for it.',
  );
});
