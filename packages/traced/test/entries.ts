import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { timeline } from './helpers/timeline.ts';

const inTens = { columnUs: 10_000 };
const diagnosed = (drawing: string) => diagnose(timeline(drawing, inTens));
const said = (drawing: string) =>
  diagnosed(drawing).findings.map(({ kind, entry, saving }) => [
    kind,
    `${entry.service} ${entry.name}`,
    saving,
  ]);

test('a consumer that nobody waits for is diagnosed by itself', t => {
  const drawing = `
    orders POST /order     |---|                                             {kind: server}
      orders publish         ||                                              {kind: producer}
        billing process            |---------------------------------|       {kind: consumer}
          billing SELECT            |-------------------------------|        {kind: client, db.system: mysql}
  `;
  t.deepEqual(said(drawing), [['slow-dependency', 'billing process', 320_000]]);
  t.is(diagnosed(drawing).whatIf, 40_000);
});

test('a producer that lasts until its consumer has replied waits for it', t => {
  const drawing = `
    web GET /price         |--------------------------------------|   {kind: server}
      web price request     |------------------------------------|    {kind: producer}
        pricing process       |--------------------------------|      {kind: consumer}
          pricing SELECT       |------------------------------|       {kind: client, db.system: mysql}
  `;
  t.deepEqual(said(drawing), [['slow-dependency', 'web GET /price', 310_000]]);
});

test('work after the response is noted and diagnosed by itself', t => {
  const { tree, findings } = diagnosed(`
    worker job       ||
      worker run       |--------------------------------------|
        worker SELECT   |----||----||----||----||----||----|      {kind: client, db.system: mysql, db.statement: SELECT a FROM b WHERE c = ?}
  `);
  t.deepEqual(
    findings.map(({ kind, entry }) => [kind, entry.name]),
    [['one-by-one', 'run']],
  );
  t.regex(tree.notes.join(' '), /390 ms of it work after the response \(worker run\)/);
});

test('a longer root in the background is not the request, and both are diagnosed', t => {
  const drawing = `
    browser click    |---|
    gw GET /          |-----------------------------------|                                  {kind: server}
      gw SELECT        |---------------------------------|                                   {kind: client, db.system: mysql}
    audit flush          |----------------------------------------------------------------|
  `;
  t.is(diagnosed(drawing).tree.root?.name, 'GET /');
  t.deepEqual(
    said(drawing).map(([kind, entry]) => [kind, entry]),
    [
      ['slow-dependency', 'gw GET /'],
      ['gap', 'audit flush'],
    ],
  );
});

test('a wrapper that is written beside what runs in it does not hide it', t => {
  const drawing = (wrapper: string) => `
    shop GET /cart              |---------------------------------------|   {kind: server}
      shop ${wrapper.padEnd(20)} |-------------------------------------|
      shop SELECT                 |-------------------------------|          {kind: client, db.system: mysql}
  `;
  t.deepEqual(said(drawing('CartController.show')), [['slow-dependency', 'shop GET /cart', 320_000]]);
  // What has no framework's name may well run beside one query.
  t.false(said(drawing('compute')).some(([kind]) => kind === 'slow-dependency'));
});

test('a wrapper that a reactive framework ends just before its call does not hide it either', t => {
  // FilteringWebHandler ends 0.1 ms before the call that it makes.
  const trace = timeline(
    `
    gateway /*                           |------------------------------------------|      {kind: server}
      gateway FilteringWebHandler.handle  |---------------------------------------|
      gateway HTTP POST                    |--------------------------------------|        {kind: client}
        travel /trips/left                           |---|                                 {kind: server}
    `,
    { columnUs: 100_000 },
  );
  const call = trace.spans.find(({ operationName }) => operationName === 'HTTP POST');
  if (call !== undefined) call.duration += 100;
  t.deepEqual(
    diagnose(trace).findings.map(({ kind, title }) => [kind, title]),
    [['network', '3.50 s between gateway HTTP POST and travel /trips/left']],
  );
});

test('wrappers within wrappers take what each covers', t => {
  const { tree } = diagnosed(`
    shop GET /cart        |-----------------------------|   {kind: server}
      shop AuthFilter      |---------------------------|
      shop CartController   |-------------------|
      shop SELECT            |---|   |---|                  {kind: client, db.system: mysql}
      shop render                                |---|
  `);
  const shown = tree.nodes.map(({ name, depth }) => [name, depth]);
  t.deepEqual(shown, [
    ['GET /cart', 0],
    ['AuthFilter', 1],
    ['CartController', 2],
    ['SELECT', 3],
    ['SELECT', 3],
    ['render', 2],
  ]);
});

test('spans without a kind get their role from the tree', t => {
  const { tree } = diagnosed(`
    front home            |----------------|
      front GetProduct      |------------|
        catalog GetProduct   |---------|
          catalog parse       |------|
  `);
  t.deepEqual(
    tree.nodes.map(({ kind }) => kind),
    ['internal', 'client', 'server', 'internal'],
  );
});

test('a server that would end long after its client had the response has another clock', t => {
  const { tree } = diagnosed(`
    gw GET /       |--------------------------|                 {kind: server}
      gw GET         |----------------------|                   {kind: client, http.url: "http://api/x", http.status_code: 200}
        api GET /x                 |--------------------|       {kind: server}
  `);
  const api = tree.nodes.find(({ service }) => service === 'api');
  t.is(api?.shift, -130_000);
  t.deepEqual(tree.notes, ['1 span moved, since the clocks of their hosts differ.']);
});
