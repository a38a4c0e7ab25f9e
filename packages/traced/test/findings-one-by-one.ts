import test from 'ava';
import { found, kindsIn, numbers } from './helpers/found.ts';

test('a command sent again and again, each after the one before it, is found, and a pipeline saves the waiting', t => {
  // Begun 1 ms apart, the six would be done in 8 ms rather than 23.
  const [finding, ...others] = found(`
    shop GET /cart  |---------------------------|     {kind: server}
      shop get         |--||--||--||--||--||--|       {kind: client, db.system.name: redis}
  `);
  t.deepEqual(others, []);
  t.deepEqual(finding && numbers(finding), ['one-by-one', 6, 18_000, 13_000, 15_000]);
  t.deepEqual([finding?.service, finding?.operation], ['shop', 'get']);
  t.is(finding?.title, '6 get commands sequentially');
  t.is(
    finding?.sentence,
    'shop GET /cart sends 6 get commands, each after the response to the one before it: 23.0 ms in all, about 3.0 ms each.',
  );
  t.is(finding?.advice, 'Send them as one command or in one pipeline.');
});

test('five make a pattern, four do not', t => {
  const drawn = (bars: string) => `
    shop GET /cart  |-----------------------------|   {kind: server}
      shop get         ${bars}                        {kind: client, db.system: redis}
  `;
  t.deepEqual(kindsIn(drawn('|--||--||--||--||--|')), ['one-by-one']);
  t.deepEqual(kindsIn(drawn('|--||--||--||--|    ')), []);
});

test('what saves less than a millisecond is not worth a person’s time', t => {
  const drawing = `
    shop GET /cart  |-----------------------|  {kind: server}
      shop get         |--||--||--||--||--|    {kind: client, db.system: redis}
  `;
  t.deepEqual(kindsIn(drawing, { columnUs: 84 }), ['one-by-one']);
  t.deepEqual(kindsIn(drawing, { columnUs: 83 }), []);
});

test('a connection opened for the commands is part of the same finding', t => {
  const [finding, ...others] = found(`
    shop GET /cart        |-----------------------------|    {kind: server, faas.coldstart: false}
      shop redis connect    |---|                            {kind: client, db.system: redis, server.address: cache}
      shop set                   |--||--||--||--||--|        {kind: client, db.system: redis, server.address: cache}
  `);
  t.deepEqual(others, []);
  t.like(finding, { kind: 'one-by-one', title: '5 set commands sequentially' });
  t.is(finding?.spans.length, 6);
  t.regex(finding?.sentence ?? '', /The connection was opened for them, which took 4\.0 ms more\.$/);
});

test('calls for one item after the other, by the older names of attributes and whatever the ids, are found', t => {
  const [finding] = found(`
    shop GET /cart        |--------------------------------------|  {span.kind: server}
      shop GET              |-----|                                 {kind: client, http.method: GET, http.url: "http://items/item/17", net.peer.name: items}
        items GET /item/:id  |---|                                  {kind: server}
      shop GET                     |-----|                          {kind: client, http.method: GET, http.url: "http://items/item/22", net.peer.name: items}
      shop GET                            |-----|                   {kind: client, http.method: GET, http.url: "http://items/item/9", net.peer.name: items}
      shop GET                                   |-----|            {kind: client, http.method: GET, http.url: "http://items/item/101", net.peer.name: items}
      shop GET                                          |-----|     {kind: client, http.method: GET, http.url: "http://items/item/3", net.peer.name: items}
  `);
  t.like(finding, { kind: 'one-by-one', title: '5 GET to items calls sequentially' });
  t.is(finding?.advice, 'Ask for all of them in one call, or in parallel.');
});

test('spans of databases that name no kind, as OpenTracing’s, are calls', t => {
  const drawing = `
    shop GET /cart  |-----------------------------|   {kind: server}
      shop query       |--||--||--||--||--|           {db.type: sql, db.statement: SELECT name FROM items WHERE id = 17}
  `;
  t.deepEqual(kindsIn(drawing), ['one-by-one']);
});

test('in wrappers that do hardly anything else, they are found at the wrappers', t => {
  const drawing = `
    shop GET /cart    |------------------------------|   {kind: server}
      shop loadItem     |----||----||----||----||----|
        shop SELECT      |--|                             {kind: client, db.system: mysql}
        shop SELECT            |--|                       {kind: client, db.system: mysql}
        shop SELECT                  |--|                 {kind: client, db.system: mysql}
        shop SELECT                        |--|           {kind: client, db.system: mysql}
        shop SELECT                              |--|     {kind: client, db.system: mysql}
  `;
  const [finding] = found(drawing, { columnUs: 500 });
  t.like(finding, { kind: 'one-by-one', operation: 'loadItem', title: '5 SELECT commands sequentially' });
  const [nested] = found(drawing, { columnUs: 1_000 });
  t.like(nested, { kind: 'one-by-one', operation: 'SELECT' }, 'of five ms, two are the wrapper’s own');
});

test('alternating with others, each kind is found: a get and a set for each of five items', t => {
  const findings = found(`
    shop GET /cart  |--------------------------------|   {kind: server}
      shop get        |-|   |-|   |-|   |-|   |-|         {kind: client, db.system: redis}
      shop set           |-|   |-|   |-|   |-|   |-|      {kind: client, db.system: redis}
  `);
  t.deepEqual(findings.map(({ title }) => title).sort(), [
    '5 get commands sequentially',
    '5 set commands sequentially',
  ]);
});

test('a get and a set in a span for each item are found, too, and what else is done for an item stays', t => {
  const item = (at: string) => `
      shop item  ${at}|-----|
        shop get ${at} |-|               {kind: client, db.system: redis}
        shop set ${at}    |-|            {kind: client, db.system: redis}`;
  const findings = found(`
    shop GET /cart |-------------------------------------|   {kind: server}
    ${['', ' '.repeat(7), ' '.repeat(14), ' '.repeat(21), ' '.repeat(28)].map(item).join('')}
  `);
  t.deepEqual(
    findings.map(({ title, saving }) => [title, saving]),
    [
      ['5 get commands sequentially', 8_000],
      ['5 set commands sequentially', 8_000],
    ],
  );
});

test('alpha’s pieces are work, not calls', t => {
  const drawing = `
    alpha GET /alpha  |----------------------|   {kind: server}
      alpha work        |-||-||-||-||-||-||-|
  `;
  t.deepEqual(kindsIn(drawing), []);
});

test('commands of one pipeline run at the same time, and a fan-out does', t => {
  const drawing = `
    shop GET /cart  |------------------|   {kind: server}
      shop MULTI      |-----------|        {kind: client, db.system: redis}
      shop set        |-----------|        {kind: client, db.system: redis}
      shop set         |----------|        {kind: client, db.system: redis}
      shop set         |-----------|       {kind: client, db.system: redis}
      shop set         |-----------|       {kind: client, db.system: redis}
      shop set          |----------|       {kind: client, db.system: redis}
      shop set          |-----------|      {kind: client, db.system: redis}
      shop EXEC         |-----------|      {kind: client, db.system: redis}
  `;
  t.deepEqual(kindsIn(drawing, { columnUs: 10_000 }), []);
});

test('five queries that one name stands for, but each for something else, are a page that needs five', t => {
  const drawn = (texts: readonly string[]) => `
    shop GET /cart     |-------------------------|   {kind: server}
      shop pg.query      |--|                        {kind: client, db.system: postgresql, db.statement: "${texts[0]}"}
      shop pg.query          |--|                    {kind: client, db.system: postgresql, db.statement: "${texts[1]}"}
      shop pg.query              |--|                {kind: client, db.system: postgresql, db.statement: "${texts[2]}"}
      shop pg.query                  |--|            {kind: client, db.system: postgresql, db.statement: "${texts[3]}"}
      shop pg.query                      |--|        {kind: client, db.system: postgresql, db.statement: "${texts[4]}"}
  `;
  const five = ['users', 'carts', 'items', 'offers', 'coupons'];
  t.deepEqual(kindsIn(drawn(five.map(table => `SELECT * FROM ${table} WHERE id = 7`))), []);
  t.deepEqual(
    kindsIn(drawn(five.map((name, i) => `SELECT * FROM items WHERE id = ${i} AND name = '${name}'`))),
    ['one-by-one'],
  );
  t.deepEqual(kindsIn(drawn(five.map((_, i) => `SELECT * FROM items WHERE id IN (${'1, '.repeat(i)}1)`))), [
    'one-by-one',
  ]);
});

test('a loop that works, or sleeps, for longer than its calls take is no flaw of the calls', t => {
  const drawn = (between: string) => `
    shop GET /job  |--------------------------------------------|   {kind: server}
      shop GET       |-|${Array.from({ length: 5 }, () => `${between}|-|`).join('')}   {kind: client, http.method: GET, http.url: http://jobs/7}
  `;
  t.deepEqual(kindsIn(drawn('      ')), []);
  t.deepEqual(kindsIn(drawn('   ')), ['one-by-one']);
});

test('two workers that share the calls are a pool', t => {
  const drawing = `
    shop GET /cart  |----------------------------|   {kind: server}
      shop get        |---||---||---||---||---|       {kind: client, db.system: redis}
      shop get         |---||---||---||---||---|      {kind: client, db.system: redis}
  `;
  t.deepEqual(kindsIn(drawing), []);
});

test('the same loop in many places of a trace is one finding', t => {
  const page = (i: number) => `
      shop page       ${' '.repeat(23 * i)}|--------------------|
        shop get      ${' '.repeat(23 * i)} |--||--||--||--||--|         {kind: client, db.system: redis}`;
  const [finding, ...others] = found(`
    shop GET /book    |--------------------------------------------------------------------|   {kind: server}
    ${[0, 1, 2].map(page).join('')}
  `);
  t.deepEqual(others, []);
  t.is(finding?.title, '15 get commands sequentially');
  t.is(finding?.spans.length, 15);
  t.is(finding?.saving, 42_000);
  t.true(finding?.atMost);
});
