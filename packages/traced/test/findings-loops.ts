import test from 'ava';
import { found, kindsIn } from './helpers/found.ts';

const rows = (count: number, between: string) =>
  Array.from(
    { length: count },
    (_, i) => `
      shop SELECT ${' '.repeat(i * (3 + between.length))}|-|   {kind: client, db.system: mysql, db.statement: SELECT * FROM items WHERE id = ${i}}`,
  ).join('');

test('queries that differ only in their values are a loop, however long each row is worked on', t => {
  const [finding, ...others] = found(`
    shop GET /orders |----------------------------------------------------------------------|   {kind: server}
    ${rows(6, ' '.repeat(8))}
  `);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'one-by-one', certainty: 'measured' });
});

test('a query below each of several nested resolvers is a loop', t => {
  const friend = (i: number) => `
      graph resolve friends ${' '.repeat(i * 9)}|-------|
        graph resolve name  ${' '.repeat(i * 9)} |----|
          graph SELECT      ${' '.repeat(i * 9)}  |--|      {kind: client, db.system: mysql, db.statement: SELECT name FROM users WHERE id = ${i}}`;
  const [finding, ...others] = found(`
    graph POST /graphql |--------------------------------------------------------------|   {kind: server}
    ${[0, 1, 2, 3, 4, 5].map(friend).join('')}
  `);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'one-by-one', saving: 15_000, atMost: true });
  t.is(finding?.title, '6 SELECT commands sequentially');
});

test('a consumer of a batch that writes for each message is a loop', t => {
  const message = (i: number) => `
      billing orders process ${' '.repeat(i * 7)}|-----|   {kind: consumer}
        billing INSERT       ${' '.repeat(i * 7)} |---|    {kind: client, db.system: mysql, db.statement: INSERT INTO bills VALUES (${i})}`;
  const drawing = `
    billing orders receive |-----------------------------------------------|   {kind: consumer}
    ${[0, 1, 2, 3, 4, 5].map(message).join('')}
  `;
  t.deepEqual(kindsIn(drawing), ['one-by-one']);
});

test('one page after the other, by a cursor or a keyset, needs the one before it', t => {
  const pages = (url: (i: number) => string, tags = 'http.method: GET, http.url') =>
    Array.from(
      { length: 6 },
      (_, i) => `
      sync GET ${' '.repeat(i * 5)}|---|   {kind: client, ${tags}: "${url(i)}"}`,
    ).join('');
  const drawn = (calls: string) => `
    sync job |------------------------------------------|
    ${calls}
  `;
  t.deepEqual(kindsIn(drawn(pages(i => `http://api/repos?cursor=c${i}`))), []);
  t.deepEqual(
    kindsIn(
      drawn(pages(i => `SELECT * FROM a WHERE id > ${i}00 LIMIT 100`, 'db.system: mysql, db.statement')),
    ),
    [],
  );
  t.deepEqual(kindsIn(drawn(pages(i => `http://api/repos/${i}`))), ['one-by-one']);
});

test('writes to another service, and calls that may be some, are no loop and no row', t => {
  const drawing = (tags: string) => `
    bank POST /transfer  |--------------------------------------|   {kind: server}
      bank call            |----||----||----||----||----||----|     {kind: client, ${tags}}
  `;
  t.deepEqual(kindsIn(drawing('http.method: POST, http.url: "http://ledger/entries"')), []);
  t.deepEqual(kindsIn(drawing('rpc.system: grpc, rpc.method: Transfer')), []);
});

test('calls that may need each other are at most possibly independent', t => {
  const [finding] = found(`
    bff GET /home           |--------------------------------|   {kind: server}
      bff GET                |--------|                          {kind: client, http.method: GET, http.url: "http://auth/verify"}
        auth GET /verify      |------|                           {kind: server}
      bff GET                          |--------|                {kind: client, http.method: GET, http.url: "http://profile/me"}
        profile GET /me                 |------|                 {kind: server}
      bff GET                                    |--------|      {kind: client, http.method: GET, http.url: "http://recommendations/me"}
        recommendations GET /me                   |------|       {kind: server}
  `);
  t.like(finding, { kind: 'serial-calls', certainty: 'possible' });
});

test('an attempt that goes to another host is a retry, and the same read of another service is none', t => {
  const drawing = (hosts: readonly string[]) => `
    shop GET /cart  |--------------------------------|   {kind: server}
      shop GET        |-------|                          {kind: client, http.method: GET, http.url: "http://${hosts[0]}/a", http.status_code: 503, error}
      shop GET                 |-------|                 {kind: client, http.method: GET, http.url: "http://${hosts[1]}/a", http.status_code: 200}
  `;
  const [retry] = found(drawing(['10.0.0.1', '10.0.0.2']));
  t.like(retry, { kind: 'retries', certainty: 'likely' });
  t.false(kindsIn(drawing(['stock', 'prices'])).includes('retries'));
});

test('the very same statement three times is asked twice too often', t => {
  const drawing = (text: string) => `
    shop GET /cart  |------------------------|   {kind: server}
      shop SELECT     |--|   |--|   |--|         {kind: client, db.system: mysql, db.statement: ${text}}
  `;
  const [finding] = found(drawing('SELECT * FROM settings WHERE name = 7'));
  t.like(finding, { kind: 'repeated-call', certainty: 'likely', saving: 6_000 });
  t.deepEqual(kindsIn(drawing('SELECT * FROM settings WHERE name = ?')), [], 'for which values, nobody says');
});
