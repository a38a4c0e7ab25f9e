import { readFileSync } from 'node:fs';
import test from 'ava';
import { columnsOf } from '../src/diagnosis/terminal-text.ts';
import { folderWith, idOf, oneByOne, oneCommand, withId } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { timeline } from './helpers/timeline.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { traced } from './helpers/traced.ts';

const slow = (n: number) => withId(oneByOne(), idOf(n));
const quick = (n: number) => withId(oneCommand(), idOf(n));

test.serial('a diagnosis is text of 80 columns, without colours where no terminal is', async t => {
  const { folder } = folderWith(t, { 'slow.json': slow(1) });
  const { status, stdout, stderr } = await traced(['diagnose', 'slow.json'], { cwd: folder });
  t.is(status, 0);
  t.is(stderr, '');
  t.snapshot(stdout);
  t.true(stdout.includes('one-by-one') && stdout.includes('6 get commands'));
  for (const line of stdout.split('\n')) t.true(columnsOf(line) <= 80, line);
  t.false(stdout.includes('\x1b'));
});

test.serial('traces are read together: each finding once, in how many of them, with an example', async t => {
  const files = { 'slow.json': { data: [slow(1), slow(2), quick(3)] } };
  const { folder } = folderWith(t, files);
  const { status, stdout } = await traced(['diagnose', 'slow.json'], { cwd: folder });
  t.is(status, 0);
  t.regex(stdout, /^3 traces · shop-fn GET \/cart · median 180 ms · p95 180 ms\n/);
  t.regex(
    stdout,
    /\n1 +6 get commands sequentially\n +one-by-one · measured · in 2 of 3 traces · saves about 100 ms \(median\)\n/,
  );
  t.regex(stdout, new RegExp(`for example (${idOf(1)}|${idOf(2)})\n`));
  t.regex(stdout, /No problems found in 1 of them\.\n$/);
  t.snapshot(stdout);
});

test.serial('no problems found is reported', async t => {
  const { folder } = folderWith(t, { 'quick.json': { data: [quick(1), quick(2)] } });
  const { stdout } = await traced(['diagnose', 'quick.json'], { cwd: folder });
  t.regex(stdout, /\n\nNo problems found\.\n$/);
});

test.serial('a trace is drawn', async t => {
  const { folder } = folderWith(t, { 'slow.json': slow(1) });
  const { status, stdout } = await traced(['show', 'slow.json'], { cwd: folder });
  t.is(status, 0);
  t.snapshot(stdout);
});

test.serial('one of several traces in a file is chosen by the beginning of its id', async t => {
  const { folder } = folderWith(t, { 'all.json': [slow(1), withId(oneCommand(), 'dd01')] });
  const { stdout } = await traced(['show', 'all.json', '--trace', 'DD'], { cwd: folder });
  t.regex(stdout, /^trace dd01 · 2 spans/);
  const { status, stderr } = await traced(['show', 'all.json', '--trace', 'ee'], { cwd: folder });
  t.is(status, 2);
  t.is(stderr, 'traced: of 2 traces, none has an id that begins with "ee"\n');
});

test.serial('a list of traces has a line for each, nothing cut and the id last', async t => {
  const { folder } = folderWith(t, { 'all.json': [slow(1), quick(2)] });
  const { stdout } = await traced(['traces', 'all.json'], { cwd: folder });
  t.is(
    stdout,
    `11-14 22:13  180 ms 7 shop-fn GET /cart ${idOf(1)}\n` +
      `11-14 22:13 55.0 ms 2 shop-fn GET /cart ${idOf(2)}\n`,
  );
});

test.serial('a comparison names the path that made the change', async t => {
  const before = [1, 2, 3, 4, 5, 6].map(slow);
  const after = [1, 2, 3, 4, 5, 6].map(quick);
  const { folder } = folderWith(t, { 'before.json': before, 'after.json': { data: after } });
  const { status, stdout } = await traced(['compare', 'before.json', 'after.json'], { cwd: folder });
  t.is(status, 0);
  t.snapshot(stdout);
  for (const line of stdout.split('\n')) t.true(columnsOf(line) <= 80, line);
});

test.serial('two sides are told apart by a tag', async t => {
  const backend = await startBackend(t);
  for (const n of [1, 2, 3]) {
    backend.store.add(
      storedTrace(oneByOne(), { traceID: idOf(n), processTags: { 'service.version': 'v1' } }),
    );
    backend.store.add(
      storedTrace(oneCommand(), { traceID: idOf(n + 10), processTags: { 'service.version': 'v2' } }),
    );
  }
  const tags = ['--before-tag', 'service.version=v1', '--after-tag', 'service.version=v2'];
  const args = ['compare', '--jaeger', backend.query, '--service', 'shop-fn', ...tags, '--json'];
  const { stdout } = await traced(args);
  const { schema, before, after, conclusion } = JSON.parse(stdout);
  t.is(schema, 'traced.comparison/1');
  t.deepEqual([before.traceCount, after.traceCount], [3, 3]);
  t.regex(conclusion, /took 55.0 ms instead of 180 ms/);
});

test.serial('JSON is one trace’s diagnosis for one that is named, a set’s for a search', async t => {
  const backend = await startBackend(t);
  backend.store.add(storedTrace(oneByOne(), { traceID: idOf(1) }));
  const jaeger = ['--jaeger', backend.query, '--json'];
  const one = JSON.parse((await traced(['diagnose', idOf(1), ...jaeger])).stdout);
  t.is(one.schema, 'traced.diagnosis/1');
  t.is(one.findings[0].kind, 'one-by-one');
  const set = JSON.parse((await traced(['diagnose', '--service', 'shop-fn', ...jaeger])).stdout);
  t.is(set.schema, 'traced.set/1');
  t.is(set.groups[0].traceCount, 1);
  const list = JSON.parse((await traced(['traces', '--service', 'shop-fn', ...jaeger])).stdout);
  t.is(list.schema, 'traced.traces/1');
  t.deepEqual(
    list.traces.map(({ startUs, ...rest }: { startUs: number }) => ({
      ...rest,
      isNow: Date.now() * 1e3 - startUs < 60e6,
    })),
    [
      {
        traceId: idOf(1),
        service: 'shop-fn',
        operation: 'GET /cart',
        durationUs: 180_000,
        spanCount: 7,
        serviceCount: 1,
        failedSpanCount: 0,
        isNow: true,
      },
    ],
  );
});

test.serial('one trace is read beside others like it that Jaeger has', async t => {
  const { store, query } = await startBackend(t);
  const asking = (): ReturnType<typeof slow> =>
    timeline(
      `
      shop-fn GET /cart  |----------------------------------|    {kind: server}
        shop-fn GET         |----------------------------|       {kind: client, http.request.method: GET, http.response.status_code: 200, url.full: http://a/x, http.response.header.cache-control: max-age=60}
      `,
      { columnUs: 5_000 },
    );
  store.add(storedTrace(asking(), { traceID: idOf(1) }));
  const run = async () => (await traced(['diagnose', idOf(1), '--jaeger', query])).stdout;
  t.notRegex(await run(), /no-reuse/);
  for (const n of [2, 3, 4, 5, 6]) {
    store.add(storedTrace(asking(), { traceID: idOf(n), at: Date.now() - n * 2_000 }));
  }
  t.regex(await run(), /no-reuse · measured · saves about 1\d\d ms/);
});

test.serial('what is shown as JSON is Jaeger’s, and can be read again', async t => {
  const { folder } = folderWith(t, { 'slow.json': slow(1) });
  const { stdout } = await traced(['show', 'slow.json', '--json'], { cwd: folder });
  t.is(JSON.parse(stdout).data[0].traceID, idOf(1));
  t.snapshot((await traced(['diagnose', '-'], { input: stdout })).stdout);
});

test.serial('one HTML file holds the traces', async t => {
  const { folder, path } = folderWith(t, { 'slow.json': slow(1) });
  const { status, stderr } = await traced(['diagnose', 'slow.json', '--html', 'out.html'], { cwd: folder });
  t.is(status, 0);
  t.is(stderr, 'wrote out.html\n');
  const html = readFileSync(path('out.html'), 'utf8');
  t.true(html.includes(idOf(1)) && html.includes('<title>shop-fn GET /cart</title>'));
  t.regex(html, /http-equiv="Content-Security-Policy" content="default-src 'none'/);
  t.true(html.includes(`data-view="/trace/${idOf(1)}"`));
});

test.serial('the file of a comparison opens with it', async t => {
  const { folder, path } = folderWith(t, { 'slow.json': slow(1), 'quick.json': [quick(2), quick(3)] });
  await traced(['compare', 'slow.json', 'quick.json', '--html', 'out.html'], { cwd: folder });
  const html = readFileSync(path('out.html'), 'utf8');
  t.true(html.includes(`data-view="/compare?a=${idOf(1)}&amp;b=${idOf(2)}%2C${idOf(3)}"`));
});

test.serial('colours are for a terminal, or for who asks for them', async t => {
  const { folder } = folderWith(t, { 'slow.json': slow(1) });
  const run = async (env: Record<string, string>) =>
    (await traced(['diagnose', 'slow.json'], { cwd: folder, env })).stdout.includes('\x1b[');
  t.true(await run({ FORCE_COLOR: '1' }));
  t.false(await run({ FORCE_COLOR: '0' }));
  t.false(await run({ FORCE_COLOR: '1', NO_COLOR: '1' }));
});

test.serial('escape sequences in names do not reach the terminal', async t => {
  const evil = '\x1b[2J\x07\u202e\r\n';
  const named = (trace: ReturnType<typeof slow>) => ({
    ...trace,
    spans: trace.spans.map(span => ({ ...span, operationName: evil + span.operationName })),
    processes: { 'shop-fn': { serviceName: evil, tags: [] } },
  });
  const { folder } = folderWith(t, {
    'a.json': [named(slow(1)), named(slow(2))],
    'b.json': [named(quick(3))],
  });
  for (const args of [
    ['traces', 'a.json'],
    ['show', 'a.json'],
    ['diagnose', 'a.json'],
    ['diagnose', 'b.json'],
    ['compare', 'a.json', 'b.json'],
    ['diagnose', 'a.json', '--html', 'x.html'],
  ]) {
    const { stdout, stderr, status } = await traced(args, { cwd: folder });
    t.is(status, 0);
    t.true(stdout.includes('\\x1b[2J\\x07'), args.join(' '));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    t.notRegex(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/, args.join(' '));
  }
});
