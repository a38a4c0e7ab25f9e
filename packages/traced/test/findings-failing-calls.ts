import test from 'ava';
import { found, kindsIn, numbers } from './helpers/found.ts';

const lost = (name: string, tags: string) => `
    redis GET /redis            |---------------------------|    {kind: server}
      redis ${name.padEnd(16)}     |------------------|          {kind: client, ${tags}}
      redis mset                                        |-|      {kind: client, db.system: redis}
`;

test('time spent on an address that does not answer is all saved, and what comes after it stays', t => {
  const [finding, ...others] = found(
    lost(
      'redis connect',
      'error, server.address: 10.0.0.9, server.port: 6379, error.message: "connect ETIMEDOUT"',
    ),
  );
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['unreachable', 1, 19_000, 7_000, 21_000]);
  t.is(finding?.title, '10.0.0.9:6379 does not respond');
  t.is(
    finding?.sentence,
    '10.0.0.9:6379 did not respond to redis redis connect (connect ETIMEDOUT); 19.0 ms went into waiting for it.',
  );
  t.like(finding?.evidence, { address: '10.0.0.9:6379', attempts: 1, spentUs: 19_000 });
});

test('in whatever words nobody answered, of whatever kind the call is, it is found', t => {
  for (const failure of [
    'error.type: ECONNREFUSED',
    'otel.status_code: ERROR, otel.status_description: "dial tcp 10.0.0.9:80: i/o timeout"',
    'error, error.message: "getaddrinfo ENOTFOUND cache"',
    'error, error.message: "java.net.ConnectException: Connection refused"',
    'error, rpc.grpc.status_code: 14, error.message: "connection refused"',
    'error, http.status_code: 0, error.message: "no route to host"',
  ]) {
    t.deepEqual(kindsIn(lost('GET', `${failure}, error`)), ['unreachable'], failure);
  }
  for (const name of ['redis connect', 'tcp.connect', 'dns.lookup', 'tls handshake', 'dial']) {
    t.deepEqual(kindsIn(lost(name, 'error')), ['unreachable'], name);
  }
});

test('who answers that it is not allowed, not there or broken is there', t => {
  for (const [name, tags] of [
    ['GET', 'error, http.status_code: 503, error.message: "connection refused"'],
    ['lookup', 'error, rpc.grpc.status_code: 5, error.message: "no such user"'],
    ['POST /lookup', 'error, error.message: "bad id"'],
    ['pg.connect', 'error, error.message: "password authentication failed for user shop"'],
    ['redis connect', 'error, error.message: "WRONGPASS invalid username-password pair"'],
    ['connect', 'server.address: cache'],
  ] as const) {
    t.false(kindsIn(lost(name, tags)).includes('unreachable'), tags);
  }
  const server = lost('redis connect', 'error').replace('kind: client, error', 'kind: server, error');
  t.false(kindsIn(server).includes('unreachable'));
});

test('several attempts at one address are one finding, two addresses two', t => {
  const drawn = (other: string) => `
    shop GET /  |--------------------------------|    {kind: server}
      shop connect  |------|                          {kind: client, error, server.address: old}
      shop connect          |------|                  {kind: client, error, server.address: ${other}}
      shop get                        |-|             {kind: client, db.system: redis}
  `;
  const [finding, ...others] = found(drawn('old'));
  t.deepEqual(others, []);
  t.regex(finding?.sentence ?? '', /14\.0 ms went into waiting for it in 2 attempts\.$/);
  t.deepEqual(kindsIn(drawn('older')), ['unreachable', 'unreachable']);
});

const twice = (first: string, second: string, name = 'GET') => `
    shop GET /cart  |------------------------------------|    {kind: server}
      shop ${name.padEnd(8)}   |--------|                     {kind: client, ${first}}
      shop ${name.padEnd(8)}                |---|             {kind: client, ${second}}
`;
const ok = 'http.method: GET, http.url: "http://stock/a", http.status_code: 200, http.status_text: OK';
const failed = (status: number) =>
  `http.method: GET, http.url: "http://stock/a", http.status_code: ${status}, http.status_text: No, error`;

test('a call made again after it had failed: the failed attempt and the wait after it are saved', t => {
  const [finding, ...others] = found(twice(failed(503), ok));
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['retries', 1, 9_000, 24_000, 13_000]);
  t.is(finding?.title, 'shop GET tried 2 times');
  t.is(
    finding?.sentence,
    'shop GET failed once (status 503) and was tried again, before it worked; the failed attempts took 9.0 ms.',
  );
  t.like(finding?.evidence, { attempts: 2, failed: 1, lostUs: 9_000 });
});

test('an attempt is known by what it asks, whatever came back and whoever answered', t => {
  const grpc = 'rpc.system: grpc, rpc.method: Get';
  for (const [first, second] of [
    [
      'http.request.method: GET, url.full: "http://a/", error, error.type: timeout',
      'http.request.method: GET, url.full: "http://a/", http.response.status_code: 200, http.request.resend_count: 1, network.peer.port: 4711',
    ],
    [`${grpc}, error, rpc.grpc.status_code: 4`, `${grpc}, rpc.grpc.status_code: 0`],
    [
      'db.system: mysql, db.statement: SELECT 1, error, error.message: deadlock',
      'db.system: mysql, db.statement: SELECT 1',
    ],
    ['param.driverID: T17, error, retry: 0', 'param.driverID: T17, retry: 1'],
  ] as const) {
    t.deepEqual(kindsIn(twice(first, second)), ['retries'], first);
  }
});

test('an answer that says no is not tried again: what asks once more does so for another reason', t => {
  for (const status of [400, 401, 404, 409, 412])
    t.deepEqual(kindsIn(twice(failed(status), ok)), [], `${status}`);
  for (const status of [408, 425, 429, 500, 503])
    t.deepEqual(kindsIn(twice(failed(status), ok)), ['retries'], `${status}`);
  t.deepEqual(
    kindsIn(twice('rpc.method: Get, error, rpc.grpc.status_code: NOT_FOUND', 'rpc.method: Get')),
    [],
  );
});

test('another item that goes well is no second attempt, nor is a call made while the first ran', t => {
  const other = ok.replace('/a"', '/b"');
  t.deepEqual(kindsIn(twice(failed(503), other)), ['error']);
  const atOnce = twice(failed(503), ok)
    .replace('|--------|  ', '|------------|')
    .replace('|------------|', '|---------------|');
  t.deepEqual(kindsIn(atOnce), ['error']);
});

test('what fails to the end is said so, and the error it makes is the whole request’s', t => {
  const drawing = twice(failed(503), failed(503)).replace('{kind: server}', '{kind: server, error}');
  const findings = found(drawing);
  t.deepEqual(
    findings.map(({ kind }) => kind),
    ['error', 'retries'],
  );
  t.regex(
    findings[1]?.sentence ?? '',
    /failed once \(status 503\) and was tried again, and it failed to the end;/,
  );
});

test('one call that fails in no time is no attempt before itself', t => {
  const drawing = `
    shop GET /cart  |-----|    {kind: server}
      shop GET        |        {kind: client, ${failed(503)}}
      shop GET           |     {kind: client, ${ok.replace('/a', '/b')}}
  `;
  t.deepEqual(kindsIn(drawing), ['error']);
});

test('attempts in wrappers, and what answered them, are one finding', t => {
  const drawing = `
    shop GET /cart    |-----------------------------|    {kind: server}
      shop attempt       |--------|
        shop GET         |--------|                      {kind: client, ${failed(503)}}
          stock GET /a    |-----|                        {kind: server, error, http.status_code: 503}
      shop attempt                   |---|
        shop GET                     |---|               {kind: client, ${ok}}
  `;
  t.deepEqual(
    found(drawing).map(({ kind, operation }) => [kind, operation]),
    [['retries', 'attempt']],
  );
});

/** HotROD's GetDriver, as its driver service asks for one driver after the other: each third call times out. */
test('retries within a loop are told apart from the loop', t => {
  const drawing = `
    driver FindNearest     |-------------------------------------------------------------|    {kind: server}
      redis GetDriver       |---|                                                               {kind: client, param.driverID: T1}
      redis GetDriver            |---|                                                          {kind: client, param.driverID: T2}
      redis GetDriver                 |--------|                                                {kind: client, param.driverID: T3, error}
      redis GetDriver                           |---|                                           {kind: client, param.driverID: T3}
      redis GetDriver                                |---|                                      {kind: client, param.driverID: T4}
      redis GetDriver                                     |---|                                 {kind: client, param.driverID: T5}
      redis GetDriver                                          |--------|                       {kind: client, param.driverID: T6, error}
      redis GetDriver                                                    |---|                  {kind: client, param.driverID: T6}
  `;
  t.deepEqual(
    found(drawing).map(({ kind, title, spans }) => [kind, title, spans.length]),
    [
      ['retries', 'redis GetDriver tried 2 times, in 2 places', 2],
      ['one-by-one', '6 GetDriver calls sequentially', 6],
    ],
  );
});
