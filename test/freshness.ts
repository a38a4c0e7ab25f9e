import test from 'ava';
import { freshMs, type Head } from '../functions/shared/freshness.ts';

const now = new Date();
const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000).toUTCString();
const date = now.toUTCString();

const cases: [seconds: number, headers: Head['headers']][] = [
  [60, {}],
  [60, { 'cache-control': 'public' }],
  [60, { 'cache-control': 'max-age=60' }],
  [60, { 'cache-control': 'max-age=31536000, immutable' }],
  [60, { 'cache-control': `max-age=${'9'.repeat(400)}` }],
  [7, { 'cache-control': 'max-age=7' }],
  [7, { 'cache-control': 'MAX-AGE=7 , must-revalidate' }],
  [7, { 'cache-control': 'max-age="7"' }],
  [7, { 'cache-control': 'max-age=7, max-age=9' }],
  [5, { 'cache-control': 'max-age=50, s-maxage=5' }],
  [50, { 'cache-control': 'max-age=5, s-maxage=50' }],
  [7, { 'cache-control': 'max-age=7', expires: at(-5), date }],
  [7, { 'cache-control': 'ext="no-store, private", max-age=7' }],
  [7, { 'cache-control': 'max-age=7', pragma: 'no-cache' }],
  [7, { 'cache-control': 'max-age=10', age: '3' }],
  [60, { 'cache-control': 'max-age=600', age: '3' }],
  [57, { age: '3' }],
  [7, { 'cache-control': 'max-age=7', vary: 'accept-encoding, cookie' }],
  [9, { expires: at(9), date }],
  [6, { expires: at(9), date, age: '3' }],
  [60, { expires: at(3_600), date }],
  [9, { expires: at(9), date: at(0), 'cache-control': 'public' }],
  [0, { 'cache-control': 'no-store' }],
  [0, { 'cache-control': 'No-Store' }],
  [0, { 'cache-control': 'private' }],
  [0, { 'cache-control': 'private, max-age=60' }],
  [0, { 'cache-control': 'private="set-cookie", max-age=60' }],
  [0, { 'cache-control': 'max-age=60, no-store' }],
  [0, { 'cache-control': 'no-cache' }],
  [0, { 'cache-control': 'no-cache="x", max-age=60' }],
  [0, { 'cache-control': 'max-age=0' }],
  [0, { 'cache-control': 'max-age=60, max-age=0' }],
  [0, { 'cache-control': 's-maxage=0, max-age=60' }],
  [0, { 'cache-control': 'max-age=-1' }],
  [0, { 'cache-control': 'max-age=soon' }],
  [0, { 'cache-control': 'max-age' }],
  [0, { 'cache-control': 'max-age=1.5' }],
  [0, { 'cache-control': 'max-age=60', age: '60' }],
  [0, { 'cache-control': 'max-age=60', age: '999' }],
  [0, { age: '60' }],
  [0, { pragma: 'no-cache' }],
  [0, { pragma: 'No-Cache' }],
  [0, { expires: at(-9), date }],
  [0, { expires: date, date }],
  [0, { expires: at(-9) }],
  [0, { expires: '0' }],
  [0, { expires: '-1' }],
  [0, { expires: '99999' }],
  [0, { expires: 'soon' }],
  [0, { expires: '' }],
  [0, { vary: '*' }],
  [0, { vary: 'accept, *', 'cache-control': 'max-age=60' }],
];

test('a response is kept for as long as it says, a minute at most', t => {
  for (const [seconds, headers] of cases)
    t.is(freshMs({ status: 200, headers }), seconds * 1_000, JSON.stringify(headers));
});

test('the older forms of a date are read', t => {
  const sent = 'Sun, 06 Nov 1994 08:49:37 GMT';
  for (const expires of [
    'Sun, 06 Nov 1994 08:49:47 GMT',
    'Sunday, 06-Nov-94 08:49:47 GMT',
    'Sun Nov  6 08:49:47 1994',
  ])
    t.is(freshMs({ status: 200, headers: { expires, date: sent } }), 10_000, expires);
});

test('what is no success is not kept', t => {
  for (const status of [201, 206, 301, 304, 400, 401, 403, 404, 410, 418, 429, 451, 500, 503])
    t.is(freshMs({ status, headers: { 'cache-control': 'max-age=60' } }), 0, String(status));
  for (const status of [200, 203, 204]) t.is(freshMs({ status, headers: {} }), 60_000);
});

test('a redirect on the way may set a limit', t => {
  const page = { status: 200, headers: {} };
  const redirect = (headers: Head['headers']) => freshMs(page, [{ status: 302, headers }]);
  t.is(redirect({}), 60_000);
  t.is(redirect({ 'cache-control': 'max-age=5' }), 5_000);
  t.is(redirect({ 'cache-control': 'no-store' }), 0);
});

test('a long header is read in time linear in it', t => {
  const began = performance.now();
  for (const piece of ['a="', 'a = ', ' ', ',', '"', '=', 'max-age=1 '])
    freshMs({ status: 200, headers: { 'cache-control': piece.repeat(500_000 / piece.length) } });
  t.true(performance.now() - began < 5_000);
});
