import test from 'ava';
import { found, kindsIn } from './helpers/found.ts';

const inTens = { columnUs: 10_000 };

test('of calls alike in parallel, the one that is waited for long after the others is a straggler', t => {
  const drawing = (slow: string) => `
    search GET /q    |------------------------------|   {kind: server}
      search GET      |--|                              {kind: client, http.url: "http://shard-1/q"}
      search GET      |---|                             {kind: client, http.url: "http://shard-2/q"}
      search GET      |--|                              {kind: client, http.url: "http://shard-3/q"}
      search GET      |---|                             {kind: client, http.url: "http://shard-4/q"}
      search GET      ${slow}   {kind: client, http.url: "http://shard-5/q"}
  `;
  const [finding, ...others] = found(drawing('|-------------------------|'), inTens);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'straggler', certainty: 'measured', atMost: true });
  t.is(finding?.evidence['medianUs'], 40_000);
  t.false(kindsIn(drawing('|-----|'), inTens).includes('straggler'));
});

test('two slow queries in parallel are both named, and saved together', t => {
  const [finding, ...others] = found(
    `
    rep GET /report  |------------------------------|   {kind: server}
      rep SELECT      |----------------------------|    {kind: client, db.system: mysql, db.statement: SELECT count(*) FROM orders}
      rep SELECT      |---------------------------|     {kind: client, db.system: mysql, db.statement: SELECT count(*) FROM users}
    `,
    inTens,
  );
  t.deepEqual(others, []);
  t.is(finding?.kind, 'slow-dependency');
  t.is(finding?.spans.length, 2);
  t.is(finding?.saving, 290_000);
  t.regex(finding?.sentence ?? '', /FROM users" runs in parallel for 280 ms, so both have to become faster/);
});

test('one query many times in parallel after as many misses of a cache is a stampede', t => {
  const widget = `
      web widget       |--------------------------|
        web GET         ||                             {kind: client, db.system: redis, cache.hit: false}
        web SELECT        |----------------------|     {kind: client, db.system: mysql, db.statement: SELECT * FROM top10}`;
  const findings = found(
    `
    web GET /home    |------------------------------|   {kind: server}
    ${widget.repeat(6)}
    `,
    inTens,
  );
  t.deepEqual(findings.map(({ kind }) => kind).sort(), ['repeated-call', 'slow-dependency']);
  const repeated = findings.find(({ kind }) => kind === 'repeated-call');
  t.is(repeated?.title, '6 SELECT commands in parallel for one missing cache entry');
  t.is(repeated?.saving, undefined);
});

test('of five queries in a row, the one that takes nearly all is slow, and there is no N+1', t => {
  const [finding, ...others] = found(
    `
    shop GET /cart  |------------------------------------|   {kind: server}
      shop SELECT     ||||                               ||  {kind: client, db.system: mysql, db.statement: SELECT * FROM items WHERE id = ?}
      shop SELECT          |----------------------------|    {kind: client, db.system: mysql, db.statement: SELECT * FROM items WHERE id = ?}
    `,
    inTens,
  );
  t.deepEqual(others, []);
  t.like(finding, { kind: 'slow-dependency', saving: 290_000 });
  t.is(finding?.spans.length, 1);
});

test('a piece with many times the items of its siblings may take longer', t => {
  const drawing = (rows: number) => `
    etl POST /import  |------------------------------------------------------------------------|   {kind: server}
      etl parse         |||||||||                                                                  {rows: 10}
      etl parse                   |----------------------------------------------------------|     {rows: ${rows}}
  `;
  t.deepEqual(kindsIn(drawing(60_000), inTens), []);
  t.deepEqual(kindsIn(drawing(12), inTens), ['stall']);
});
