import { mkdirSync } from 'node:fs';
import test from 'ava';
import { folderWith, idOf, oneByOne, withId } from './helpers/drawn.ts';
import { storedTrace } from './helpers/stored-trace.ts';
import { startBackend } from './helpers/trace-backend.ts';
import { closedPort, serve, traced } from './helpers/traced.ts';

const id = idOf(1);

/** What is said with exit status 2, and nothing on standard output. */
async function complaint(t: import('ava').ExecutionContext, args: string[], options = {}): Promise<string> {
  const { status, stdout, stderr } = await traced(args, options);
  t.is(status, 2, stdout);
  t.is(stdout, '');
  return stderr;
}

test.serial('a Jaeger that is not there is named, without name and password', async t => {
  const host = `127.0.0.1:${await closedPort()}`;
  const said = await complaint(t, ['diagnose', id, '--jaeger', `http://me:secret@${host}/jaeger/`]);
  t.is(said, `traced: could not ask Jaeger at http://${host}/jaeger: connection refused\n`);
});

test.serial('a Jaeger that does not respond is an error', async t => {
  const hanging = await serve(t, () => {});
  const said = await complaint(t, ['diagnose', id, '--jaeger', hanging, '--timeout', '200ms']);
  t.is(said, `traced: could not ask Jaeger at ${hanging}: no response within 0.2 s\n`);
});

test.serial('a Jaeger that stops in the middle of its response is an error', async t => {
  const stopping = await serve(t, (_, response) => void response.write('{"data":['));
  const said = await complaint(t, ['diagnose', id, '--jaeger', stopping, '--timeout', '200ms']);
  t.regex(said, /no response within 0.2 s/);
});

test.serial('what answers with a page is no Jaeger', async t => {
  const page = await serve(t, (_, response) => response.end('<!doctype html><p>Log in'));
  const said = await complaint(t, ['diagnose', id, '--jaeger', page]);
  t.regex(said, /^traced: http:\S+ does not respond like a Jaeger: it sent a page\. Does it want a login/);
  t.regex(await complaint(t, ['traces', '--jaeger', page]), /does not respond like a Jaeger: it sent a page/);
});

test.serial('a wrong base path is guessed at', async t => {
  const elsewhere = await serve(t, (_, response) => response.writeHead(404).end('404 page not found'));
  t.regex(
    await complaint(t, ['diagnose', id, '--jaeger', elsewhere]),
    / responded with 404 Not Found, .* base path/,
  );
});

test.serial('what Jaeger says went wrong is a sentence', async t => {
  const failing = await serve(t, (_, response) =>
    response
      .writeHead(500)
      .end('{"data":null,"errors":[{"code":500,"msg":"the storage\\u001b[2J is gone"}]}'),
  );
  const said = await complaint(t, ['diagnose', id, '--jaeger', failing]);
  t.is(said, `traced: Jaeger at ${failing} says: the storage\\x1b[2J is gone\n`);
});

test.serial('name and password go to Jaeger as it expects them', async t => {
  let authorization: string | undefined;
  const jaeger = await serve(t, (request, response) => {
    authorization = request.headers.authorization;
    response.writeHead(401).end('no');
  });
  const said = await complaint(t, ['traces', '--jaeger', jaeger.replace('//', '//me:p%40ss@'), '-s', 'x']);
  t.is(authorization, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  t.regex(said, / responded with 401 Unauthorized/);
  t.notRegex(said, /p@ss|p%40ss/);
});

test.serial('a base path is kept', async t => {
  const paths: unknown[] = [];
  const jaeger = await serve(t, (request, response) => {
    paths.push(request.url);
    response.end(JSON.stringify({ data: [withId(oneByOne(), id)], errors: null }));
  });
  t.is((await traced(['show', id], { env: { JAEGER_URL: `${jaeger}/jaeger` } })).status, 0);
  t.is((await traced(['show', `${jaeger}/base/trace/${id}?uiFind=x`])).status, 0);
  const asked = (base: string) => [`${base}/api/v3/traces/${id}`, `${base}/api/traces/${id}`];
  t.deepEqual([...new Set(paths)], [...asked('/jaeger'), ...asked('/base')]);
});

test.serial('an id that Jaeger does not know', async t => {
  const { query } = await startBackend(t);
  const said = await complaint(t, ['diagnose', id, '--jaeger', query]);
  t.is(said, `traced: there is no trace ${id} at ${query}\n`);
});

test.serial('the beginning of an id is enough where one trace has it', async t => {
  const { query, store } = await startBackend(t);
  for (const traceID of [id, 'abcd1', 'abcd2'])
    store.add(storedTrace(oneByOne(), { traceID: traceID.padEnd(32, '0') }));
  const show = (beginning: string) => traced(['show', beginning, '--jaeger', query]);
  t.regex((await show(id.slice(0, 8).toUpperCase())).stdout, new RegExp(`^trace ${id} `));
  t.like(await show('ABCD'), {
    status: 2,
    stderr: `traced: 2 traces at ${query} have an id that begins with "ABCD": ${'abcd1'.padEnd(32, '0')}, ${'abcd2'.padEnd(32, '0')}\n`,
  });
  t.is(
    await complaint(t, ['show', 'abcd3', '--jaeger', query]),
    `traced: there is no trace abcd3 at ${query}\n`,
  );
});

test.serial('a service or an operation that does not exist: which ones do', async t => {
  const { query, store } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: id }));
  const search = ['diagnose', '--jaeger', query, '--service'];
  t.is(await complaint(t, [...search, 'shop']), 'traced: unknown service "shop"; available: shop-fn\n');
  t.is(
    await complaint(t, [...search, 'shop-fn', '-o', 'GET /']),
    'traced: unknown operation "GET /"; available: GET /cart, get\n',
  );
  t.is(
    await complaint(t, [...search, 'shop-fn', '--tag', 'a=b', '--since', '1h']),
    'traced: there is no trace of shop-fn a=b in the last 60 min\n',
  );
  t.regex(
    await complaint(t, ['diagnose', '--jaeger', query]),
    /search for them with --service: .* has shop-fn\n$/,
  );
});

test.serial('a list of nothing is empty and no error', async t => {
  const { query, store } = await startBackend(t);
  store.add(storedTrace(oneByOne(), { traceID: id }));
  const outcome = await traced(['traces', '--jaeger', query, '--service', 'shop-fn', '--min-duration', '1h']);
  t.deepEqual(outcome, {
    status: 0,
    signal: null,
    stdout: '',
    stderr: 'there is no trace of shop-fn in the last 48 h\n',
  });
});

test.serial('a search asks for what it is told to', async t => {
  let asked = new URLSearchParams();
  const jaeger = await serve(t, (request, response) => {
    asked = new URL(request.url ?? '', 'http://x').searchParams;
    response.end(JSON.stringify({ data: [withId(oneByOne(), id)] }));
  });
  const filters = ['-s', 'a b', '-o', 'GET /', '-t', 'x=1', '-t', 'y=a=b', '--min-duration', '1.5ms'];
  await traced([
    'traces',
    '--jaeger',
    jaeger,
    ...filters,
    '--max-duration',
    '1h30m',
    '--since',
    '10m',
    '--limit',
    '7',
  ]);
  const { start, end, ...rest } = Object.fromEntries(asked);
  t.deepEqual(rest, {
    service: 'a b',
    operation: 'GET /',
    tags: '{"x":"1","y":"a=b"}',
    minDuration: '1500us',
    maxDuration: '5400000000us',
    limit: '7',
  });
  t.true(Math.abs(Number(end) - Number(start) - 11 * 60e6) < 1e6);
});

test.serial('files that cannot be read', async t => {
  const { folder, path } = folderWith(t, {
    'empty.json': '',
    'text.json': 'hello',
    'none.json': '{"data":[]}',
  });
  mkdirSync(path('folder'));
  const said = (file: string) => complaint(t, ['diagnose', file], { cwd: folder });
  t.is(await said('empty.json'), 'traced: empty.json: The input is empty, not a trace.\n');
  t.regex(await said('text.json'), /^traced: text.json: The input is not JSON: /);
  t.is(await said('none.json'), 'traced: none.json: there is no trace in it\n');
  t.is(await said('folder'), 'traced: folder cannot be read: it is a folder\n');
  t.regex(
    await said('gone.json'),
    /^traced: "gone.json": no such file, and neither an address .* nor a trace id/,
  );
  t.regex(await said('http://localhost/search'), /must end in \/trace\/ID/);
  t.is(
    await complaint(t, ['diagnose', '-'], { input: '' }),
    'traced: standard input: The input is empty, not a trace.\n',
  );
});

test.serial('options that make no sense', async t => {
  const said = (...args: string[]) => complaint(t, args);
  t.regex(await said('diagnose', '--no-such'), /unknown option '--no-such'/);
  t.regex(await said('diagnos'), /unknown command 'diagnos'\n\(Did you mean diagnose\?\)/);
  t.regex(
    await said('diagnose', '--since', 'yesterday'),
    /--since <time>' .* Write a length of time like 250ms/,
  );
  t.regex(await said('diagnose', '--since', '5'), /Write a length of time/);
  t.regex(await said('diagnose', '--last', '0'), /Give a whole number from 1 to 10000/);
  t.regex(await said('diagnose', '--tag', 'x'), /Write a tag as key=value/);
  t.regex(
    await said('diagnose', '--fail-on', 'slow'),
    /There is no kind "slow"; there are stall, one-by-one, .* and any/,
  );
  t.regex(await said('diagnose', id, '--service', 'x'), /--service is for a search in Jaeger/);
  t.regex(await said('diagnose', id, '--min-duration', '1s'), /--min-duration is for a search/);
  t.regex(await said('diagnose', '--jaeger', 'ftp://x', id), /Jaeger’s address must look like http:/);
  t.regex(await said('diagnose', '-', '-'), /- can be given only once/);
  t.regex(await said('compare', '-', '-'), /- can be given only once/);
  t.regex(await said('compare', id), /name what to compare it with/);
  t.regex(await said('compare'), /name two traces or files, or search/);
});

test.serial('help and version are no errors', async t => {
  const help = await traced(['--help']);
  t.is(help.status, 0);
  t.snapshot(help.stdout);
  for (const command of [
    'traces',
    'show',
    'diagnose',
    'services',
    'compare',
    'capture',
    'watch',
    'ui',
    'completion',
  ]) {
    const { status, stdout, stderr } = await traced([command, '--help']);
    t.is(status, 0);
    t.is(stderr, '');
    t.snapshot(stdout, command);
    for (const line of stdout.split('\n')) t.true(line.length <= 80, line);
  }
  t.regex((await traced(['--version'])).stdout, /^traced \d+\.\d+\.\d+\n$/);
  const nothing = await traced([]);
  t.is(nothing.status, 2);
  t.is(nothing.stdout, '');
  t.is(nothing.stderr, help.stdout);
});
