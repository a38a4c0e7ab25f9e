import test from 'ava';
import { found, foundBeside, kindsIn, numbers, times } from './helpers/found.ts';

const page = (url: string, control = 'max-age=60', status = 200) =>
  `kind: client, http.request.method: GET, url.full: "${url}", http.response.status_code: ${status}, http.response.header.cache-control: "${control}"`;

const request = (tags: string, client: string) => `
    beta GET /beta  |----------------------------------|    {kind: server${tags}}
      beta GET         |-----------------------------|      {${client}}
`;
const anew = ', http.client.connection.reused: false';

test('a cacheable GET on a connection made for it, in a process that had been there, is found', t => {
  const [finding, ...others] = found(request(', faas.coldstart: false', page('http://page/search') + anew));
  t.deepEqual(others, []);
  // Up to 0.5 ms of the caller's own time on either side goes with the call.
  t.deepEqual(finding && numbers(finding), ['no-reuse', 1, 30_000, 4_000, 31_000]);
  t.is(
    finding?.sentence,
    'beta GET took 30.0 ms on a connection made for it, though its response may be kept for 60 s (Cache-Control).',
  );
  t.like(finding?.evidence, { cacheableSeconds: 60, connectionReused: false, url: 'http://page/search' });
});

test('what may not be kept, or says nothing of it, is asked anew for good reason', t => {
  const kinds = (...what: Parameters<typeof page>) => kindsIn(request('', page(...what) + anew));
  t.deepEqual(kinds('http://page/', 'public, max-age=60'), ['no-reuse']);
  t.deepEqual(kinds('http://page/', 's-maxage=10'), ['no-reuse']);
  t.deepEqual(kinds('http://page/', '["max-age=60"]'), ['no-reuse']);
  for (const control of ['no-store', 'private, max-age=60', 'no-cache, max-age=60', 'max-age=0', '']) {
    t.deepEqual(kinds('http://page/', control), [], control);
  }
  t.deepEqual(kinds('http://page/', 'max-age=60', 404), []);
  t.deepEqual(kinds('http://page/', 'max-age=60', 206), []);
  t.deepEqual(kindsIn(request('', page('http://page/').replace('GET', 'POST') + anew)), []);
  t.deepEqual(
    kindsIn(request('', page('http://page/'))),
    [],
    'one GET, of which nobody knows how it went before',
  );
});

test('the first request of a process, and an answer that is kept, are what later ones live on', t => {
  t.deepEqual(kindsIn(request(', faas.coldstart: true', page('http://page/') + anew)), []);
  t.deepEqual(kindsIn(request('', `${page('http://page/')}${anew}, http.client.response.stored: true`)), []);
});

test('by the older names of attributes it is found as well', t => {
  const old =
    'kind: client, http.method: GET, http.url: "http://page/", http.status_code: 200, http.response.header.cache_control: max-age=60';
  t.deepEqual(kindsIn(request('', old + anew)), ['no-reuse']);
});

test('the same GET twice in one request is found, whoever sends it, and the second is saved', t => {
  const [finding, ...others] = found(`
    gateway GET /all     |----------------------------------|    {kind: server}
      beta GET /beta       |-----------|                         {kind: server}
        beta GET             |-------|                           {${page('http://page/news')}}
      redis GET /redis                     |-----------|         {kind: server}
        redis GET                            |-------|           {${page('http://page/news')}}
  `);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'no-reuse', title: 'GET /news asked 2 times', saving: 9_000 });
  t.deepEqual(
    finding?.spans.map(({ service }) => service),
    ['redis', 'beta'],
    'the needless one first',
  );
  t.regex(
    finding?.sentence ?? '',
    /^beta and redis send the same GET \/news 2 times in this request, .* for 60 s\.$/,
  );
});

test('two pages, or two parameters of one, are two answers', t => {
  const drawn = (a: string, b: string) => `
    gateway GET /     |------------------------|    {kind: server}
      gateway GET       |-------|                   {${page(a)}}
      gateway GET                   |-------|       {${page(b)}}
  `;
  t.deepEqual(kindsIn(drawn('http://page/a', 'http://page/b')), []);
  t.deepEqual(kindsIn(drawn('http://page/?q=a', 'http://page/?q=b')), []);
  t.deepEqual(kindsIn(drawn('http://page/a', 'http://page/a')), ['no-reuse']);
});

test('beside other requests, a GET that another had sent within the time for which its answer may be kept is found', t => {
  const drawing = request('', page('http://page/', 'max-age=10'));
  const findings = foundBeside([drawing, drawing], { secondsApart: 9 });
  t.like(findings[0], { kind: 'no-reuse', title: 'GET / is not kept' });
  t.regex(findings[0]?.sentence ?? '', /Other requests had sent the same shortly before\.$/);
  t.deepEqual(foundBeside([drawing, drawing], { secondsApart: 10 }), []);
});

test('one GET beside requests that did without it is what refreshes the answer kept', t => {
  const without = `
    beta GET /beta  |---|    {kind: server}
  `;
  const drawing = request('', page('http://page/', 'max-age=10') + anew);
  t.deepEqual(foundBeside([...times(5, without), drawing]), []);
  t.deepEqual(kindsIn(drawing), ['no-reuse']);
});

const connecting = (coldstart: string, name = 'redis connect') => `
    redis GET /redis            |------------|    {kind: server${coldstart}}
      redis ${name.padEnd(16)}     |----|         {kind: client, db.system: redis, net.peer.name: cache, net.peer.port: 6379}
      redis mset                         |-|      {kind: client, db.system: redis}
`;

test('a connection that a warm process makes could have been kept', t => {
  const [finding, ...others] = found(connecting(', faas.coldstart: false'));
  t.deepEqual(others, []);
  // Up to 0.5 ms of the caller's own time before it and after it goes with it.
  t.deepEqual(finding && numbers(finding), ['no-reuse', 1, 5_000, 7_000, 6_000]);
  t.is(finding?.title, 'A connection to cache:6379 made for this request');
  t.is(
    finding?.sentence,
    'redis redis connect opened a connection, which took 5.0 ms; the process had served requests before and could have kept one.',
  );
});

test('a process’s first connection is none, nor one of which nobody knows whether it is', t => {
  t.deepEqual(kindsIn(connecting(', faas.coldstart: true')), []);
  t.deepEqual(kindsIn(connecting('')), []);
  t.deepEqual(
    kindsIn(connecting(', faas.coldstart: false', 'pg-pool.connect')),
    [],
    'that only hands one out',
  );
});

test('beside other requests of which most open a connection, none is kept; of which few do, a pool grows', t => {
  const kept = connecting('', 'ping');
  const findings = foundBeside([...times(4, kept), ...times(5, connecting(''))]);
  t.deepEqual(
    findings.map(({ kind }) => kind),
    ['no-reuse'],
  );
  t.regex(findings[0]?.sentence ?? '', /most other requests open one, too, so none is kept\.$/);
  t.deepEqual(foundBeside([...times(5, kept), ...times(5, connecting(''))]), []);
});
