import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { JaegerTrace } from '../../traced/src/diagnosis/jaeger.ts';
import { getJson, startBackend } from '../../traced/test/helpers/trace-backend.ts';
import { Installed, type Outcome, type Running, startBundle } from './helpers/installed.ts';
import { samples } from './helpers/samples.ts';

const installed = new Installed();
const { folder } = installed;

test.before(async () => {
  await installed.install();
  installed.write(samples);
});
test.after.always(() => installed.remove());

/** Builds a folder of the test's, to a place of its own. */
async function build(t: ExecutionContext, args: string[], env: NodeJS.ProcessEnv = {}) {
  const parent = mkdtempSync(join(tmpdir(), 'traced-functions-build-'));
  t.teardown(() => rmSync(parent, { recursive: true }));
  const out = join(parent, 'out');
  const outcome = await installed.run(['build', ...args, '--out', out], env);
  return { out, parent, ...outcome };
}

async function start(t: ExecutionContext, out: string, env: NodeJS.ProcessEnv): Promise<Running> {
  const running = await startBundle(out, env);
  t.teardown(() => void running.child.kill('SIGKILL'));
  return running;
}

function succeeded(t: ExecutionContext, { code, stderr }: Outcome): void {
  t.is(code, 0, stderr);
  t.notRegex(stderr, /warning/);
}

const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

const event = json('{"order":7}', {
  'ce-id': '1',
  'ce-type': 'shop.order',
  'ce-source': '/shop',
  'ce-specversion': '1.0',
});

interface Row {
  source: string;
  env: Record<string, string>;
  request?: RequestInit;
  body: string;
  /** The names of the spans, the server's first. */
  spans: string[];
}

const target = (name: string, type?: string): Record<string, string> => ({
  FUNCTION_TARGET: name,
  ...(type === undefined ? {} : { FUNCTION_SIGNATURE_TYPE: type }),
});

const rows: Record<string, Row> = {
  'a registered function': {
    source: 'common',
    env: target('hello'),
    body: 'Hello you!',
    spans: ['GET'],
  },
  'a body': {
    source: 'common',
    env: target('hello'),
    request: json('{"a":1}'),
    body: '{"a":1}',
    spans: ['POST'],
  },
  'an exported function and a package of two kinds': {
    source: 'common',
    env: target('exported'),
    body: 'as CommonJS',
    spans: ['GET'],
  },
  'a CloudEvent': {
    source: 'common',
    env: target('event'),
    request: event,
    body: '{"type":"shop.order","data":{"order":7}}',
    spans: ['POST', 'CloudEvents Process shop.order'],
  },
  'a background function': {
    source: 'common',
    env: target('background', 'event'),
    request: json('{"data":{"order":7},"context":{"eventId":"9"}}'),
    body: '{"data":{"order":7},"id":"9"}',
    spans: ['POST'],
  },
  'an ES module that reads files': {
    source: 'esm',
    env: target('hello'),
    body: '{"greeting":"Hello ESM!","url":"beside it","own":"beside it","dirname":"beside it"}',
    spans: ['GET'],
  },
  'TypeScript with an enum, paths and imports without endings': {
    source: 'typed',
    env: target('typed'),
    body: 'Red /',
    spans: ['GET'],
  },
};

/** The kinds of what is in a trace: a cold start's spans apart. */
function namesOf({ spans }: JaegerTrace): string[] {
  const requests = spans.filter(({ tags }) =>
    tags.some(({ key, value }) => key === 'span.kind' && ['server', 'consumer'].includes(String(value))),
  );
  return requests.sort((a, b) => a.startTime - b.startTime).map(({ operationName }) => operationName);
}

/** Each source's bundle, made when the first test asks for it. */
const built = new Map<string, Promise<Outcome & { out: string }>>();

function builtOnce(source: string): Promise<Outcome & { out: string }> {
  const out = join(folder, 'bundles', source);
  const make = async () => {
    const include = source === 'esm' ? ['--include', 'data/*.txt'] : [];
    return { out, ...(await installed.run(['build', source, ...include, '--out', out])) };
  };
  const made = built.get(source) ?? make();
  built.set(source, made);
  return made;
}

for (const [what, { source, env, request = {}, body, spans }] of Object.entries(rows)) {
  test(`${what} is built from an installed package, and its bundle responds and is traced`, async t => {
    const { out, ...outcome } = await builtOnce(source);
    succeeded(t, outcome);
    t.true(statSync(join(out, 'main.bundle.cjs.cache')).size > 300_000);
    const backend = await startBackend(t);
    const { url, stop } = await start(t, out, {
      ...env,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp,
    });
    const response = await fetch(url, request);
    t.is(await response.text(), body);
    const traceId = response.headers.get('traceresponse')?.split('-')[1];
    t.is(await stop(), 0);
    const [trace] = (await getJson(backend, `/api/traces/${traceId}`)).body.data;
    if (trace === undefined) return t.fail('no trace');
    t.deepEqual(namesOf(trace), spans);
  });
}

const calls = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];

test('without --warm the module is loaded and no function of it called', async t => {
  const parent = mkdtempSync(join(tmpdir(), 'traced-functions-calls-'));
  t.teardown(() => rmSync(parent, { recursive: true }));
  const file = join(parent, 'calls');
  succeeded(t, await build(t, ['common', '--target', 'hello', '--env', `CALLS=${file}`]));
  t.deepEqual([...new Set(calls(file))], ['loaded']);
  const warm = ['--warm', 'GET:/?name=me', '--warm', 'POST:/:{"a":1}'];
  succeeded(t, await build(t, ['common', '--target', 'hello', '--env', `CALLS=${file}`, ...warm]));
  t.deepEqual(calls(file).slice(-3), ['loaded', 'GET', 'POST']);
});

test('an event in a file warms a CloudEvent function up', async t => {
  installed.write({
    'event.json': '{"specversion":"1.0","type":"shop.paid","source":"/shop","id":"1","data":{"order":7}}',
  });
  const file = join(folder, 'event-calls');
  const args = ['common', '--target', 'event', '--env', `CALLS=${file}`, '--warm', 'event:event.json'];
  succeeded(t, await build(t, args));
  t.deepEqual(calls(file), ['loaded', 'shop.paid']);
});

test('a warm-up request that fails is a warning that names it and its status, and the build goes on', async t => {
  const built = await build(t, ['common', '--target', 'hello', '--warm', 'GET:/fails', '--warm', 'GET:/']);
  t.is(built.code, 0);
  t.regex(built.stderr, /^warning: the warm-up request GET:\/fails got 503$/m);
  t.notRegex(built.stderr, /GET:\/ /);
  const { url } = await start(t, built.out, target('hello'));
  t.is((await fetch(url)).status, 200);
});

test('a function that does not start while it is warmed up is a warning with its reason', async t => {
  const built = await build(t, ['throws', '--target', 'hello', '--warm', 'GET:/']);
  t.is(built.code, 0);
  t.regex(built.stderr, /^warning: the function does not start, .*API_KEY is missing/m);
  t.regex(built.stderr, /^warning: the function’s module could not be loaded, .*: API_KEY is missing$/m);
  t.true(statSync(join(built.out, 'main.bundle.cjs.cache')).size > 300_000);
  const { url } = await start(t, built.out, { ...target('hello'), API_KEY: 'x' });
  t.is(await (await fetch(url)).text(), 'fine');
});

test('a set-up of the user’s is there while the function is warmed up', async t => {
  installed.write({
    'set-up.ts': `
      import { appendFileSync } from 'node:fs';
      export default async () => ({
        env: { API_KEY: 'for the warm-up' as string },
        close: () => appendFileSync(${JSON.stringify(join(folder, 'closed'))}, 'closed'),
      });`,
  });
  const args = ['throws', '--target', 'hello', '--warm', 'GET:/', '--warm-setup', 'set-up.ts'];
  succeeded(t, await build(t, args));
  t.is(readFileSync(join(folder, 'closed'), 'utf8'), 'closed');
});

test('the packed command keeps the code that V8 has compiled for its next start', async t => {
  const cache = mkdtempSync(join(tmpdir(), 'traced-functions-cache-'));
  t.teardown(() => rmSync(cache, { recursive: true }));
  const env = { ...target('hello'), FUNCTION_SOURCE: 'common', NODE_COMPILE_CACHE: cache };
  const run = async () => {
    const { url, child, stop } = await installed.start(env);
    t.teardown(() => void child.kill('SIGKILL'));
    t.is(await (await fetch(url)).text(), 'Hello you!');
    t.is(await stop(), 0);
    return globSync('**/traced-functions-*.cache', { cwd: cache }).length;
  };
  t.is(await run(), 1);
  const [file = ''] = globSync('**/traced-functions-*.cache', { cwd: cache });
  const { mtimeMs } = statSync(join(cache, file));
  t.is(await run(), 1);
  t.is(statSync(join(cache, file)).mtimeMs, mtimeMs, 'V8 has taken it, and a like run adds nothing');
});

test('the same folder is built again, and its bundle can be moved', async t => {
  const { out, parent, code } = await build(t, ['common']);
  t.is(code, 0);
  t.is((await installed.run(['build', 'common', '--out', out])).code, 0);
  cpSync(out, join(parent, 'moved'), { recursive: true });
  rmSync(out, { recursive: true });
  const { url } = await start(t, join(parent, 'moved'), target('hello'));
  t.is(await (await fetch(url)).text(), 'Hello you!');
});
