import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { found, kindsIn } from './helpers/found.ts';
import { timeline } from './helpers/timeline.ts';

const chain = (gateway: string, root = '') => `
    gateway GET /alpha   |------------|    {kind: server${root}}
      gateway GET          |--------|      {kind: client${gateway}}
        alpha GET /alpha     |----|        {kind: server, error, http.status_code: 500}
          alpha work          |--|         {error, error.message: The heavy work is broken}
`;

test('an error is found where it began, with whom it passed, before all that could be saved', t => {
  const [finding, ...others] = found(chain(', error, http.status_code: 500', ', error'));
  t.deepEqual(others, []);
  t.deepEqual([finding?.kind, finding?.service, finding?.operation], ['error', 'alpha', 'work']);
  t.deepEqual(
    finding?.spans.map(({ name }) => name),
    ['work', 'GET /alpha', 'GET', 'GET /alpha'],
  );
  t.is(
    finding?.sentence,
    'The error began in alpha work (The heavy work is broken) and passed alpha GET /alpha, gateway GET, gateway GET /alpha, which is the whole request.',
  );
  t.deepEqual([finding?.whatIf, finding?.saving], [undefined, undefined]);
});

test('an error that was handled is found last, and said to be', t => {
  const findings = found(`
    gateway GET /all     |--------------------------------------|    {kind: server, http.status_code: 207}
      gateway GET          |--------|                                {kind: client, error, http.status_code: 500}
        alpha GET /alpha     |----|                                  {kind: server, error, http.status_code: 500}
      gateway get                     |-||-||-||-||-|                {kind: client, db.system: redis}
  `);
  t.deepEqual(
    findings.map(({ kind }) => kind),
    ['one-by-one', 'error'],
  );
  t.is(
    findings[1]?.sentence,
    'The error began in alpha GET /alpha (status 500) and passed gateway GET, and was handled above that.',
  );
});

test('the words for a failure are its exception’s, its status’s, or its code', t => {
  const failing = (tags: string) =>
    found(chain(', error').replace('error, error.message: The heavy work is broken', `error${tags}`));
  t.regex(failing(', otel.status_description: no room')[0]?.sentence ?? '', /in alpha work \(no room\) and/);
  t.regex(failing(', rpc.grpc.status_code: 13')[0]?.sentence ?? '', /in alpha work \(status 13\) and/);
  t.regex(failing(', error.type: TypeError')[0]?.sentence ?? '', /in alpha work \(TypeError\) and/);
  t.regex(failing('')[0]?.sentence ?? '', /in alpha work and/);
  const trace = timeline(chain(', error'));
  trace.spans.at(-1)?.logs.push({
    timestamp: 0,
    fields: [
      { key: 'event', type: 'string', value: 'exception' },
      { key: 'exception.type', type: 'string', value: 'RangeError' },
      { key: 'exception.message', type: 'string', value: 'too much' },
    ],
  });
  t.regex(diagnose(trace).findings[0]?.sentence ?? '', /in alpha work \(RangeError: too much\) and/);
});

test('an answer that says no, and with which its caller goes on, is no error', t => {
  const drawn = (status: string, root = '') => `
    shop GET /cart  |------------------|    {kind: server${root}}
      shop GET         |---|                {kind: client, error, ${status}, http.url: http://cache/7}
        cache GET        |                  {kind: server, error, ${status}}
  `;
  for (const status of [
    'http.status_code: 404',
    'http.response.status_code: 409',
    'rpc.grpc.status_code: 5',
  ]) {
    t.deepEqual(kindsIn(drawn(status)), [], status);
    t.deepEqual(kindsIn(drawn(status, ', error')), ['error'], `${status} fails the request`);
  }
  t.deepEqual(kindsIn(drawn('http.status_code: 500')), ['error']);
});

test('what went well when it was tried again is not where a later failure began', t => {
  const drawing = `
    shop POST /order  |------------------|    {kind: server, error, error.message: out of stock}
      shop get          |                     {kind: client, db.system: redis, db.statement: get a, error, error.message: moved}
      shop get           ||                   {kind: client, db.system: redis, db.statement: get a}
      shop check             |---|            
  `;
  const [finding, ...others] = found(drawing, { columnUs: 100 });
  t.deepEqual(others, []);
  t.is(finding?.sentence, 'The error began in shop POST /order (out of stock).');
});

test('the same failure many times is one finding, and different ones are several', t => {
  const drawn = (tags: string) => `
    shop GET /cart  |-----------------------------|    {kind: server}
      shop load       |--||--||--|                      {error, error.message: boom}
      shop load                    |--|                 {error, ${tags}}
  `;
  const [finding, ...others] = found(drawn('error.message: boom'));
  t.deepEqual(others, []);
  t.regex(finding?.sentence ?? '', /^The error began 4 times in shop load \(boom\) and was handled there/);
  t.deepEqual(kindsIn(drawn('error.message: bang')), ['error', 'error']);
});

test('two failures that meet on their way are two findings', t => {
  const drawing = `
    gateway GET /all    |----------------------|    {kind: server, error}
      gateway GET         |----|                    {kind: client, error, http.url: http://alpha/}
        alpha GET /         |--|                    {kind: server, error, error.message: boom}
      gateway GET                 |----|            {kind: client, error, http.url: http://beta/}
        beta GET /                  |--|            {kind: server, error, error.message: bang}
  `;
  t.deepEqual(
    found(drawing).map(({ service, evidence }) => [service, evidence['reachedRoot']]),
    [
      ['alpha', true],
      ['beta', true],
    ],
  );
});

test('a long way is told by its ends', t => {
  const deep = Array.from(
    { length: 7 },
    (_, i) => `${' '.repeat(4 + 2 * i)}s${i} op${' '.repeat(20 - 2 * i)}|--------|   {error}`,
  );
  t.regex(
    found(deep.join('\n'))[0]?.sentence ?? '',
    /^The error began in s6 op and passed s5 op, s4 op, 3 more, s0 op, which is the whole request\.$/,
  );
});

test('an address that nobody answers at fails the request: the error says so, and the finding what it cost', t => {
  const drawing = `
    redis GET /redis      |--------------|    {kind: server, error}
      redis redis connect   |----------|      {kind: client, error, server.address: old, error.message: ECONNREFUSED}
  `;
  t.deepEqual(kindsIn(drawing), ['error', 'unreachable']);
  t.deepEqual(
    kindsIn(drawing.replace('server, error', 'server')),
    ['unreachable'],
    'handled, it is one cause',
  );
});

test('spans that lost their parent say who may have dropped it', t => {
  const [finding, ...others] = found(`
    gateway GET /all     |------------------|    {kind: server}
      gateway GET          |-------------|       {kind: client}
    alpha GET /alpha         |---------|         {kind: server, parent: gone}
      alpha work               |---|
  `);
  t.deepEqual(others, []);
  t.deepEqual([finding?.kind, finding?.service, finding?.saving], ['broken-trace', 'alpha', undefined]);
  t.is(
    finding?.sentence,
    'A span of alpha (GET /alpha) names a parent that did not arrive; at that time gateway GET was running, so the context may have been lost between the two.',
  );
});

test('lost within a service, it is the service itself; many of one kind are one finding', t => {
  const [finding, ...others] = found(`
    redis GET /redis   |------------------|    {kind: server}
    redis set             |--|                 {kind: client, parent: gone}
    redis set                |--|              {kind: client, parent: gone}
    redis set                   |--|           {kind: client, parent: another}
  `);
  t.deepEqual(others, []);
  t.is(
    finding?.sentence,
    '3 spans of redis (set) name 2 parents that did not arrive; it should have come from redis itself.',
  );
});

test('a caller outside of what is traced breaks nothing, however many requests it sends', t => {
  const drawing = `
    gateway GET /all    |------|               {kind: server, parent: browser}
    gateway GET /alpha            |------|     {kind: server, parent: browser}
  `;
  t.deepEqual(kindsIn(drawing), []);
  t.deepEqual(kindsIn(drawing.split('\n').slice(0, 2).join('\n')), []);
  t.deepEqual(
    kindsIn(drawing.replace('{kind: server, parent: browser}', '{kind: client, parent: browser}')),
    ['broken-trace'],
  );
  t.deepEqual(kindsIn(drawing.replaceAll(', parent: browser', '')), [], 'two roots are two requests');
});
