import test from 'ava';
import { found, kindsIn, numbers } from './helpers/found.ts';

test('three calls in a row, of which none needs another’s answer, would take as long as the longest', t => {
  const [finding, ...others] = found(`
    gateway GET /all    |------------------------|    {kind: server}
      gateway GET         |----|                      {kind: client, http.request.method: GET, url.full: http://root/}
        root GET /          |--|                      {kind: server}
      gateway GET               |--------|            {kind: client, http.request.method: GET, url.full: http://alpha/}
        alpha GET /              |------|             {kind: server}
      gateway GET                          |--|       {kind: client, http.request.method: GET, url.full: http://beta/}
        beta GET /                          |         {kind: server}
  `);
  t.deepEqual(others, []);
  // The second begins 1 ms after the first and takes 9 ms, the third 2 ms later, which ends before it.
  t.deepEqual(finding && numbers(finding), ['serial-calls', 3, 17_000, 15_000, 10_000]);
  t.is(
    finding?.sentence,
    "gateway GET /all makes 3 calls (GET to root, GET to alpha, GET to beta), each only when the one before it has ended: 17.0 ms together, the longest alone 9.0 ms. Nothing in the trace says that one needs another's response.",
  );
  t.is(finding?.advice, 'Make the calls in parallel, unless one needs the response to another.');
});

const three = (bars: [string, string, string], tags: [string, string, string] = ['', '', '']) => `
    gateway GET /all  |----------------------------------------|    {kind: server, url.path: /all}
      gateway a         ${bars[0]}    {kind: client${tags[0]}}
      gateway b         ${bars[1]}    {kind: client${tags[1]}}
      gateway c         ${bars[2]}    {kind: client${tags[2]}}
`;
const inARow: [string, string, string] = ['|-------|', '         |-------|', '                  |-------|'];
const get = (url: string) => `, http.method: GET, http.url: "${url}"`;

test('two in a row mostly need each other, and what runs at once is no row', t => {
  const gets: [string, string, string] = [get('http://a/'), get('http://b/'), get('http://c/')];
  t.deepEqual(kindsIn(three(inARow, gets)), ['serial-calls']);
  t.deepEqual(kindsIn(three(['|-------|', '         |-------|', '    |----|'], gets)), []);
  t.deepEqual(kindsIn(three(['|-------|', '|-------|', '|-------|'], gets)), []);
  t.deepEqual(kindsIn(three(['|-------|', '', ''].map(bar => bar || '|') as typeof inARow, gets)), []);
});

test('a call for an id that neither the request nor an earlier call knew needs the answer that told it', t => {
  const ids = (a: string, b: string, c: string): [string, string, string] => [get(a), get(b), get(c)];
  t.deepEqual(kindsIn(three(inARow, ids('http://session/', 'http://user/4711', 'http://account/88123'))), []);
  t.deepEqual(
    kindsIn(three(inARow, ids('http://user/4711', 'http://orders/?userId=4711', 'http://mail/4711'))),
    ['serial-calls'],
  );
  t.deepEqual(kindsIn(three(inARow, ids('http://a/v1/x', 'http://b/v2/x', 'http://c/oauth2/x'))), [
    'serial-calls',
  ]);
});

test('an id that the request itself was for is known to all calls', t => {
  const drawing = three(inARow, [get('http://a/'), get('http://b/4711'), get('http://c/4711')]);
  t.deepEqual(kindsIn(drawing), []);
  t.deepEqual(kindsIn(drawing.replace('url.path: /all', 'url.path: /user/4711')), ['serial-calls']);
});

test('writes have their order', t => {
  const rpc = (method: string) => `, rpc.system: grpc, rpc.method: ${method}`;
  const post = ', http.method: POST, http.url: http://b/';
  t.deepEqual(kindsIn(three(inARow, [post, get('http://b/'), get('http://c/')])), []);
  t.deepEqual(kindsIn(three(inARow, [get('http://a/'), post, get('http://c/')])), []);
  t.deepEqual(kindsIn(three(inARow, [rpc('GetCart'), rpc('EmptyCart'), rpc('shop.Mail/SendMail')])), []);
  t.deepEqual(kindsIn(three(inARow, [rpc('GetCart'), rpc('ListOffers'), rpc('shop.Stock/FindItem')])), [
    'serial-calls',
  ]);
});

test('work of the caller on an answer says that the next call needs it', t => {
  const bars: [string, string, string] = [
    '|-------|',
    '              |-------|',
    '                            |-------|',
  ];
  t.deepEqual(kindsIn(three(bars, [get('http://a/'), get('http://b/'), get('http://c/')])), []);
});

test('commands to a database are no calls to other services', t => {
  t.deepEqual(
    kindsIn(three(inARow, [', db.system: redis', ', db.type: sql', ', db.system.name: mysql'])),
    [],
  );
});

test('calls through wrappers are found at the wrappers', t => {
  const [finding] = found(`
    gateway GET /all  |----------------------------------------|    {kind: server}
      gateway root      |------|
        gateway GET      |-----|                                    {kind: client, http.method: GET, http.url: http://root/}
      gateway alpha             |-----------|
        gateway GET             |-----------|                       {kind: client, http.method: GET, http.url: http://alpha/}
      gateway beta                           |-----------|
        gateway GET                          |-----------|          {kind: client, http.method: GET, http.url: http://beta/}
  `);
  t.deepEqual(
    [finding?.kind, finding?.spans.map(({ name }) => name)],
    ['serial-calls', ['root', 'alpha', 'beta']],
  );
});

test('of calls in a row, one that is most of the request is a slow dependency all the same', t => {
  const drawing = `
    gateway GET /all  |-----------------------------------------------------|    {kind: server}
      gateway a         |---|                                                    {kind: client, http.method: GET, http.url: http://a/}
      gateway b              |----|                                              {kind: client, http.method: GET, http.url: http://b/}
      gateway c                    |---------------------------------------|     {kind: client, http.method: GET, http.url: http://c/}
  `;
  t.deepEqual(kindsIn(drawing, { columnUs: 10_000 }), ['slow-dependency', 'serial-calls']);
});

/** HotROD's route pool: ten calls, three at a time, each next one when one has ended. */
const pool = `
    frontend GET /dispatch  |---------------------------------------------|    {kind: server}
      frontend GET            |--------||--------||--------||--------|         {kind: client, http.method: GET, http.url: "http://route/route?pickup=1"}
      frontend GET            |-------||---------||-------|                    {kind: client, http.method: GET, http.url: "http://route/route?pickup=2"}
      frontend GET            |---------||-------||---------|                  {kind: client, http.method: GET, http.url: "http://route/route?pickup=3"}
`;

test('a worker pool that is smaller than its work is found, and all at once would take as long as the longest', t => {
  const [finding, ...others] = found(pool);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'serial-calls', title: '10 GET /route calls, 3 at a time' });
  t.is(
    finding?.sentence,
    'frontend makes 10 GET /route calls, never more than 3 in parallel, so they take 4 rounds.',
  );
  t.deepEqual(finding?.evidence, { calls: 10, atOnce: 3, rounds: 4 });
  t.is(finding?.saving, 28_000);
});

test('a pool as wide as its work, and calls that come up one by one by themselves, are no flaw', t => {
  const drawn = (...bars: string[]) => `
    frontend GET /  |---------------------------------------------|    {kind: server}
${bars.map(bar => `      frontend GET    ${bar}     {kind: client, http.method: GET, http.url: http://route/}`).join('\n')}
  `;
  t.deepEqual(kindsIn(drawn('|----|', '|----|', '|-----|', '|----|', '|----|', '|-----|')), []);
  // Two at once now and then, but none begins when another ends.
  t.deepEqual(
    kindsIn(drawn('|------|   |------|     |------|     |---|', '     |-------|    |-----|     |-----|')),
    [],
  );
});
