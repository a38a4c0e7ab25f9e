import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { found, kindsIn, tracesOf } from './helpers/found.ts';
import { timeline } from './helpers/timeline.ts';

const page =
  'kind: client, http.request.method: GET, url.full: http://page/, http.response.status_code: 200, http.response.header.cache-control: max-age=60, http.client.connection.reused: false';

/** v1 of the exercise: every fault in one request. */
const allFaults = `
    gateway GET /all            |--------------------------------------------------------------------------------------------|    {kind: server}
      gateway GET                |---|                                                                                             {kind: client}
        root GET /                ||                                                                                               {kind: server}
      gateway GET                     |----------------------------------------|                                                   {kind: client}
        alpha GET /alpha              |---------------------------------------|                                                    {kind: server}
          alpha work                  ||||||||||                                                                                   
          alpha work                            |----------------------------|                                                     
      gateway GET                                                               |-----------|                                      {kind: client}
        beta GET /beta                                                           |---------|                                       {kind: server}
          beta GET                                                                |-------|                                        {${page}}
      gateway GET                                                                            |-----------------------------|       {kind: client}
        redis GET /redis                                                                      |--------------------------|         {kind: server, faas.coldstart: false}
          redis connect                                                                        |------|                            {kind: client, error, server.address: lost, db.system: redis}
          redis connect                                                                                ||                          {kind: client, server.address: cache, db.system: redis}
          redis set                                                                                      |-||-||-||-||-|           {kind: client, server.address: cache, db.system: redis}
`;

test('all faults at once are each named once, what saves most first', t => {
  const trace = timeline(allFaults, { columnUs: 10_000 });
  const { findings, whatIf } = diagnose(trace);
  t.deepEqual(
    findings.map(({ kind, service, operation, saving }) => [kind, service, operation, saving]),
    [
      ['serial-calls', 'gateway', 'GET', 480_000],
      ['stall', 'alpha', 'work', 280_000],
      // The connection for the commands is part of it.
      ['one-by-one', 'redis', 'set', 90_000],
      ['no-reuse', 'beta', 'GET', 81_000],
      ['unreachable', 'redis', 'connect', 72_000],
    ],
  );
  // At once, redis is the longest: it begins 40 ms after the request and takes 138 ms, and 20 ms follow.
  t.is(whatIf, 198_000);
});

test('a set has each of them as one group, with how many of its traces have it', t => {
  const warm = allFaults.replace('error, server.address: lost', 'server.address: cache');
  const traces = tracesOf([allFaults, allFaults, warm], { columnUs: 10_000 });
  const { diagnoses, groups } = diagnoseAll(traces);
  t.deepEqual(
    diagnoses.map(({ tree }) => tree.traceId),
    ['t0', 't1', 't2'],
  );
  t.deepEqual(
    groups.map(({ kind, service, traces: count }) => [kind, service, count]),
    [
      ['serial-calls', 'gateway', 3],
      ['stall', 'alpha', 3],
      ['one-by-one', 'redis', 3],
      ['no-reuse', 'beta', 3],
      ['unreachable', 'redis', 2],
      ['no-reuse', 'redis', 1],
    ],
  );
  t.deepEqual([groups[1]?.saving, groups[1]?.cost], [280_000, 290_000]);
});

test('without spans, or without anything amiss, nothing is found', t => {
  t.deepEqual(diagnose({ traceID: 't', spans: [], processes: {}, warnings: null }).findings, []);
  t.deepEqual(diagnoseAll([]), { diagnoses: [], groups: [] });
  t.deepEqual(kindsIn('shop GET / |----| {kind: server}'), []);
});

const cold = (start: string, drawing = '') => `
    gateway GET /   |------------------------------------------|    {kind: server}
      gateway GET     |--------------------------------------|      {kind: client}
        root GET /                                     |---|         {kind: server, faas.coldstart: true}
          root cold start   ${start}
${drawing}`;

test('a cold start without a platform that says so: its caller waited, which is no gap besides', t => {
  const [finding, ...others] = found(cold('|----------------|'), { columnUs: 50_000 });
  t.deepEqual(others, []);
  t.deepEqual(
    [finding?.kind, finding?.title, finding?.saving],
    ['cold-start', 'root started cold', 1_650_000],
  );
  t.is(
    finding?.sentence,
    'The request waited 1.65 s in gateway GET until root was there: 300 ms until its process began, 850 ms of its own start, 500 ms more until it got the request.',
  );
});

test('a process that had started before its caller asked made nobody wait', t => {
  const before = `
    gateway GET /           |----------|    {kind: server}
      gateway GET             |------|      {kind: client}
        root GET /             |--|         {kind: server, faas.coldstart: true}
          root cold start |-|
  `;
  t.deepEqual(kindsIn(before.replace('    gateway', '    gateway'), { columnUs: 10_000 }), []);
});

test('of a request that begins at the process that started, nobody can say what the start cost', t => {
  const [finding, ...others] = found(
    `
    root GET /                        |------|    {kind: server, faas.coldstart: true}
      root cold start   |-----------|
        root load       |-------|
        root listen             |---|
  `,
    { columnUs: 10_000 },
  );
  t.deepEqual(others, []);
  t.deepEqual([finding?.kind, finding?.whatIf, finding?.saving], ['cold-start', undefined, undefined]);
  t.is(
    finding?.sentence,
    'root started a process in 120 ms (load 80.0 ms, listen 40.0 ms), 20.0 ms before the request came to it: its sender probably waited.',
  );
});
