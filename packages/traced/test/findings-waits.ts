import test from 'ava';
import { found, foundBeside, kindsIn, times } from './helpers/found.ts';

const inTens = { columnUs: 10_000 };

test('a wait for a pooled connection is found by its name, and at most all of it is saved', t => {
  const [finding, ...others] = found(
    `
    shop GET /cart                       |------------------------------|   {kind: server}
      shop HikariDataSource.getConnection |-------------------------|
      shop SELECT                                                   |--|    {kind: client, db.system: mysql}
    `,
    inTens,
  );
  t.deepEqual(others, []);
  t.like(finding, { kind: 'connection-wait', certainty: 'likely', saving: 260_000, atMost: true });
});

test('a pool that hands out a connection in some milliseconds is no wait', t => {
  const drawing = `
    shop GET /cart          |-----------|   {kind: server}
      shop pg-pool.connect   |--|           {kind: client, db.system: postgresql}
      shop SELECT                |--|       {kind: client, db.system: postgresql}
  `;
  t.deepEqual(kindsIn(drawing, inTens), []);
});

test('a wait for a lock is found by the span’s name, and by what it logs', t => {
  const [named] = found(
    `
    shop GET /cart      |--------------------|   {kind: server}
      shop acquire lock  |----------------|
    `,
    inTens,
  );
  t.like(named, { kind: 'lock-wait', certainty: 'likely' });
  const drawing = (failure: string) => `
    shop GET /cart      |--------------------|   {kind: server}
      shop UPDATE        |----------------|      {kind: client, db.system: mysql, error, error.message: ${failure}}
  `;
  t.true(kindsIn(drawing('Lock wait timeout exceeded'), inTens).includes('lock-wait'));
  t.false(kindsIn(drawing('syntax error'), inTens).includes('lock-wait'));
});

test('a collection of garbage is a pause of the process', t => {
  const drawing = (name: string) => `
    shop GET /cart  |--------------------|   {kind: server}
      shop ${name}     |----------|
  `;
  t.deepEqual(kindsIn(drawing('GC pause'), inTens), ['pause']);
  t.deepEqual(kindsIn(drawing('gcloud auth'), inTens), []);
});

test('Lambda’s initialization is a cold start, and a span of that name elsewhere is not', t => {
  const drawing = (tags: string) => `
    api GET /hello          |----------------------------------|   {kind: server}
      hello AWS::Lambda      |--------------------------------|    {kind: server}
        hello Initialization  |-----------------|                  ${tags}
        hello Invocation                         |-----------|     {kind: server, faas.coldstart: true}
          hello GetItem                           |--------|       {kind: client, db.system: dynamodb}
  `;
  const [finding, ...others] = found(drawing('{aws.lambda.init_type: on-demand}'), { columnUs: 50_000 });
  t.like(finding, { kind: 'cold-start', certainty: 'measured', saving: 900_000 });
  t.false(others.some(({ kind }) => kind === 'gap' || kind === 'cold-start'));
  t.false(kindsIn(drawing('{x: y}'), { columnUs: 5_000 }).includes('cold-start'));
});

test('where only faas.coldstart says so, the time before the first request is a likely cold start, at most', t => {
  const drawing = `
    gw GET /      |----------------------------------|   {kind: server}
      gw GET       |--------------------------------|    {kind: client, http.url: "https://svc.run.app/"}
        svc GET /                              |----|    {kind: server, faas.coldstart: true}
  `;
  const [finding, ...others] = found(drawing, inTens);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'cold-start', certainty: 'likely', saving: 280_000, atMost: true });
  t.deepEqual(kindsIn(drawing), [], 'a warm network takes milliseconds');
});

test('a request cut off while the activator waits for an instance met a cold start, not a full one', t => {
  const findings = found(
    `
    gateway GET /                |------------------------------|   {kind: server, error, http.status_code: 504}
      gateway GET                 |----------------------------|    {kind: client, error}
        activator activator GET   |----------------------------|    {kind: server, kn.service.name: beta}
          activator throttler_try  |--------------------------|
    `,
    inTens,
  );
  const cold = findings.find(({ kind }) => kind === 'cold-start');
  t.like(cold, { certainty: 'likely', evidence: { for: 'beta' } });
  t.false(findings.some(({ kind }) => kind === 'queueing'));
});

test('a GET asked for again and again with pauses is polling, and nothing else explains the pauses', t => {
  const drawing = (bars: string) => `
    shop POST /export  |-----------------------------------------|          {kind: server}
      shop GET           ${bars}   {kind: client, http.method: GET, http.url: "http://jobs/7"}
  `;
  const findings = found(drawing('||          ||          ||          ||'), inTens);
  t.deepEqual(
    findings.map(({ kind, certainty }) => [kind, certainty]),
    [['polling', 'likely']],
  );
  t.false(kindsIn(drawing('||          ||'), inTens).includes('polling'), 'twice is no pattern');
});

test('beside other requests, a service that takes three times its time, and 200 ms more, is slow', t => {
  const request = (length: number) => `
    gw GET /      |-${'-'.repeat(length)}-|   {kind: server}
      gw GET       |${'-'.repeat(length)}|    {kind: client}
        svc GET /  |${'-'.repeat(length)}|    {kind: server}
  `;
  const kinds = (length: number) =>
    foundBeside([...times(6, request(10)), request(length)], inTens).map(({ kind }) => kind);
  t.deepEqual(kinds(34), ['slow-service']);
  t.false(kinds(25).includes('slow-service'));
});
