import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { found, foundBeside, kindsIn, numbers, times } from './helpers/found.ts';
import { timeline } from './helpers/timeline.ts';

const inTens = { columnUs: 10_000 };

/** A bar of so many columns, and one that begins so many columns later. */
const bar = (length: number, after = 0): string => `${' '.repeat(after)}|${'-'.repeat(length - 1)}|`;

/** Six pieces of 10 ms, and a seventh as long as its bar. */
const pieces = (slow: number) => `
    alpha GET /alpha  ${bar(slow + 14)}    {kind: server}
      alpha work       ||||||||||||
      alpha work                   ${bar(slow)}
`;

test('one piece of many that takes far longer than the rest stands still, and would take as long as they do', t => {
  const [finding, ...others] = found(pieces(41), inTens);
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['stall', 1, 410_000, 150_000, 400_000]);
  t.is(finding?.title, 'alpha work stands still for 400 ms');
  t.is(
    finding?.sentence,
    'alpha work takes 410 ms by itself; the 6 others like it under alpha GET /alpha take 10.0 ms. The same work needs no more, so the rest was waiting.',
  );
});

test('a piece is told from its siblings by the tag that numbers them', t => {
  const [finding] = found(
    `
    alpha GET /alpha  |--------------------------------------------------|    {kind: server}
      alpha work       ||                                                     {alpha.piece: 1}
      alpha work         ||                                                   {alpha.piece: 2}
      alpha work           ||                                                 {alpha.piece: 3}
      alpha work             ||                                               {alpha.piece: 4}
      alpha work               |-------------------------------|              {alpha.piece: 5}
  `,
    inTens,
  );
  t.is(finding?.title, 'alpha work (alpha.piece 5) stands still for 310 ms');
});

test('a stall is ten times its siblings, 100 ms at least, and beside four of them', t => {
  const ms = { columnUs: 1_000 };
  const drawn = (others: string, slow: string) => `
    alpha GET /alpha  |${'-'.repeat(140)}|    {kind: server}
      alpha work       ${others}
      alpha work              ${slow}
  `;
  const four = '||||||||';
  t.deepEqual(kindsIn(drawn(four, bar(100)), ms), ['stall']);
  t.deepEqual(kindsIn(drawn(four, bar(99)), ms), []);
  t.deepEqual(kindsIn(drawn('||||||', bar(100)), ms), [], 'three say little');
  t.deepEqual(kindsIn(drawn('|-|', bar(100)), ms), []);
});

test('a call that waits is no stall of its caller, nor is a piece that calls', t => {
  const drawing = `
    alpha GET /alpha  |---------------------------------------------------------------|    {kind: server}
      alpha work       ||||||||||||
      alpha work                   |-----------------------------------------|
        alpha SELECT               |-----------------------------------------|             {kind: client, db.system: mysql}
  `;
  t.deepEqual(kindsIn(drawing, inTens), ['slow-dependency']);
});

const oneSpan = (length: number) => `
    alpha GET /alpha  ${bar(length + 5)}    {kind: server}
      alpha get        ||                   {kind: client, db.system: redis}
      alpha work          ${bar(length)}
`;

test('beside other requests, own work is seen to stand still that has no siblings', t => {
  const usual = times(5, oneSpan(1));
  const drawn = (columns: number) => [...usual, oneSpan(columns)];
  const [finding, ...others] = foundBeside(drawn(22), inTens);
  t.deepEqual([finding?.kind, finding?.operation, finding?.saving], ['stall', 'work', 210_000]);
  t.regex(finding?.sentence ?? '', /takes 220 ms by itself; in the other traces it takes 10\.0 ms\./);
  t.deepEqual(others, []);
});

test('what the first request of a process does besides is no stall', t => {
  const first = oneSpan(40).replace('kind: server', 'kind: server, faas.coldstart: true');
  const kinds = foundBeside([...times(5, oneSpan(1)), first], inTens).map(({ kind }) => kind);
  t.deepEqual(kinds, []);
});

test('a tenth of a second more than in other requests may be a machine that was busy', t => {
  const usual = times(5, oneSpan(1));
  t.deepEqual(foundBeside([...usual, oneSpan(19)], inTens), []);
  t.deepEqual(
    foundBeside([...times(3, oneSpan(1)), oneSpan(25)], inTens),
    [],
    'of four traces nothing is usual',
  );
});

const query = (length: number, all = length + 4) => `
    shop GET /cart  ${bar(all)}    {kind: server}
      shop SELECT     ${bar(length)}      {kind: client, db.system: mysql, server.address: db}
      shop render     ${bar(Math.max(1, all - length - 3), length)}
`;

test('a database that holds a fifth of the request and 200 ms is slow, and at most all of that is saved', t => {
  const [finding, ...others] = found(query(31, 62), inTens);
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['slow-dependency', 1, 310_000, 310_000, 310_000]);
  t.true(finding?.atMost);
  t.is(
    finding?.sentence,
    'shop waits 310 ms for SELECT at db, which is not traced itself: 50 % of the request.',
  );
  t.deepEqual(kindsIn(query(20, 60), inTens), ['slow-dependency']);
  t.deepEqual(kindsIn(query(19, 60), inTens), []);
  t.deepEqual(kindsIn(query(30, 150), inTens).includes('slow-dependency'), true);
  t.deepEqual(kindsIn(query(30, 151), inTens).includes('slow-dependency'), false);
});

test('a database that holds three quarters of a request and 100 ms is slow, also in every request', t => {
  t.deepEqual(kindsIn(query(15, 19), inTens), ['slow-dependency']);
  t.deepEqual(kindsIn(query(9, 11), inTens), []);
  t.deepEqual(kindsIn(query(14, 25), inTens), []);
  t.deepEqual(
    foundBeside(times(6, query(15, 19)), inTens).map(({ kind }) => kind),
    ['slow-dependency'],
  );
});

test('a page that takes 120 of 125 ms is what such a page takes', t => {
  const drawing = `
    beta GET /beta  |-----------------------|    {kind: server}
      beta GET        |----------------------|   {kind: client, http.method: GET, http.url: http://page/}
  `;
  t.deepEqual(kindsIn(drawing, { columnUs: 5_000 }), []);
});

test('a call that its other side traced is not slow by itself', t => {
  const drawing = `
    shop GET /cart      |--------------------------------------------------------|    {kind: server}
      shop GET            |---------------------------------------------------|       {kind: client}
        stock GET /stock  |---------------------------------------------------|       {kind: server}
          stock read      |---------------------------------------------------|
            stock get       |-|                                                       {kind: client, db.system: redis}
  `;
  t.deepEqual(
    found(drawing, inTens).map(({ kind, service }) => [kind, service]),
    [['gap', 'stock']],
  );
});

/** HotROD's customer: its database lets one query in at a time, and says so in its log. */
test('what a call’s own log says of its wait is repeated', t => {
  const trace = timeline(query(31), inTens);
  const value = 'Waiting for lock behind 3 transactions';
  trace.spans[1]?.logs.push({ timestamp: 0, fields: [{ key: 'event', type: 'string', value }] });
  t.regex(
    diagnose(trace).findings[0]?.sentence ?? '',
    /Its log says: "Waiting for lock behind 3 transactions"\.$/,
  );
});

test('beside other requests, a call is slow that takes thrice as long and 100 ms more', t => {
  const kinds = (usual: number, columns: number) =>
    foundBeside([...times(5, query(usual)), query(columns)], inTens).map(({ title, saving }) => [
      title,
      saving,
    ]);
  t.deepEqual(kinds(6, 19), [['shop SELECT takes 3 times as long as in other traces', 130_000]]);
  t.deepEqual(kinds(6, 18), [], 'not thrice');
  t.deepEqual(kinds(1, 12), [['shop SELECT takes 12 times as long as in other traces', 110_000]]);
  t.deepEqual(kinds(1, 11), [], 'a tenth of a second more may be the machine');
});

test('calls of one name that ask for something else are not the usual of each other', t => {
  const both = `
    shop GET /cart  |-------------------------|                           {kind: server}
      shop GET        |--|                                                {kind: client, http.method: GET, http.url: http://fast/}
      shop GET            |-----------------|                             {kind: client, http.method: GET, http.url: http://slow/}
  `;
  t.deepEqual(foundBeside(times(6, both), inTens), []);
});

test('requests of one name for something else are not the usual of each other either', t => {
  const drawn = (route: string, length: number) => `
    shop GET   ${bar(length)}    {kind: server, http.method: GET, http.target: ${route}}
      shop get ||                {kind: client, db.system: redis}
  `;
  const stalls = (route: string) =>
    foundBeside([...times(6, drawn('/item/17', 2)), drawn(route, 40)], inTens).filter(
      ({ kind }) => kind === 'stall',
    );
  t.deepEqual(stalls('/report'), []);
  t.is(stalls('/item/4').length, 1);
});

const gap = (before: string, after = '') => `
    shop GET /cart  |-----------------------------------------|    {kind: server}
      shop get       ||                                            {kind: client, db.system: redis}
      shop set         ${before}||${after}                         {kind: client, db.system: redis}
`;

test('time that no span explains is found, with what lies around it, and may vanish at most', t => {
  const [finding, ...others] = found(gap(' '.repeat(34)), inTens);
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['gap', 1, 420_000, 70_000, 350_000]);
  t.true(finding?.atMost);
  t.is(
    finding?.sentence,
    'shop GET /cart took 350 ms of the critical path, between get and set, and no span says with what.',
  );
  t.is(finding?.advice, 'Put a span around what runs there.');
});

test('a gap is 100 ms in one piece and a tenth of the request', t => {
  const drawn = (free: number, all: number) => `
    shop GET /cart  |${'-'.repeat(all - 1)}|    {kind: server}
      shop get      |${'-'.repeat(all - free - 1)}|    {kind: client, db.system: redis}
  `;
  const gaps = (free: number, all: number) =>
    kindsIn(drawn(free, all), inTens).filter(kind => kind === 'gap');
  t.deepEqual(gaps(10, 60), ['gap']);
  t.deepEqual(gaps(9, 60), []);
  t.deepEqual(gaps(10, 101), []);
});

test('a span without children is its own explanation, until it is most of a long request', t => {
  const drawn = (length: number, tags: string) => `
    shop GET /cart  |${'-'.repeat(59)}|    {kind: server}
      shop get      |${'-'.repeat(58 - length)}|    {kind: client, http.method: GET}
      shop work     ${' '.repeat(60 - length)}|${'-'.repeat(length - 1)}|    {${tags}}
  `;
  const gaps = (length: number, tags: string) =>
    kindsIn(drawn(length, tags), inTens).filter(kind => kind === 'gap');
  t.deepEqual(gaps(49, 'kind: internal'), []);
  t.deepEqual(gaps(50, 'kind: internal'), ['gap']);
  t.deepEqual(gaps(29, 'kind: server'), [], 'less than half');
  t.deepEqual(gaps(30, 'kind: server'), ['gap']);
});

test('between a call and what answered it lies the network, or a service that was busy', t => {
  const [finding] = found(
    `
    gateway GET /all      |--------------------------|    {kind: server}
      gateway GET          |------------------------|     {kind: client}
        alpha GET /alpha                 |---------|      {kind: server}
  `,
    inTens,
  );
  t.is(
    finding?.sentence,
    '150 ms lie between gateway GET and alpha GET /alpha (140 ms before GET /alpha, 10.0 ms after it): the network, or alpha was busy.',
  );
});

test('the wait before another attempt is no second finding', t => {
  const drawing = `
    shop GET /cart  |-------------------------------------------|    {kind: server}
      shop GET        |---|                                          {kind: client, http.url: http://a/, error, http.status_code: 503}
      shop GET                                           |---|       {kind: client, http.url: http://a/, http.status_code: 200}
  `;
  t.deepEqual(kindsIn(drawing, inTens), ['retries']);
});

test('what nobody waits for, and what runs beside the critical path, costs the request nothing, and is diagnosed by itself', t => {
  const drawing = `
    shop GET /cart   |--------|                                       {kind: server}
      shop publish    ||                                              {kind: producer}
        mail send       |-----------------------------------------|   {kind: consumer}
          mail get      |-------------------------------|             {kind: client, db.system: mysql}
      shop audit     |--------------------------------------------|   {follows}
  `;
  const findings = found(drawing, inTens);
  t.deepEqual(
    findings.map(({ kind, entry }) => [kind, entry.name]),
    [
      ['slow-dependency', 'send'],
      ['gap', 'send'],
    ],
  );
});
