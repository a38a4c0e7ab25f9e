/** CONTRIBUTING's example of a new function, followed in a copy of the repository as it is printed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import { readTrace, Started, serviceEdges } from './helpers/npm-start.ts';
import { top } from './helpers/rendered.ts';

const copy = join(mkdtempSync(join(tmpdir(), 'contributing-test-')), 'repository');
test.after.always(() => rmSync(dirname(copy), { recursive: true, force: true }));

const text = readFileSync(join(top, 'CONTRIBUTING.md'), 'utf8');
/** The blocks of code in the section, without the indentation of their list. */
const blocks = [
  ...(text.split('## Add a function')[1] ?? '').matchAll(/^ {3}```(\w+)\n(.*?)^ {3}```/gms),
].map(([, language, code = '']) => ({ language, code: code.replaceAll(/^ {3}/gm, '') }));
const codeWith = (part: string): string => {
  const found = blocks.find(({ code }) => code.includes(part));
  if (found === undefined) throw new Error(`CONTRIBUTING has no code with ${part}`);
  return found.code;
};

test.before(t => {
  t.timeout(120_000);
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: top,
  });
  for (const file of String(files).split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(top, file), join(copy, file));
  }
  // The packages but for the two of this repository, which are the copy's own.
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@traced-functions'), { recursive: true });
  for (const name of String(execFileSync('ls', ['-A', join(top, 'node_modules')])).split('\n')) {
    if (name !== '' && name !== '@traced-functions')
      symlinkSync(join(top, 'node_modules', name), join(modules, name));
  }
  for (const name of ['runtime', 'traced']) {
    symlinkSync(join(copy, 'packages', name), join(modules, '@traced-functions', name));
  }
  mkdirSync(join(copy, 'functions/echo'));
  writeFileSync(join(copy, 'functions/echo/index.ts'), codeWith("http('echo'"));
  execFileSync('sh', ['-ec', codeWith('knative/echo.yaml')], { cwd: copy });
  const targets = join(copy, 'functions/shared/targets.ts');
  const table = readFileSync(targets, 'utf8');
  writeFileSync(targets, table.replace('} satisfies', `  ${codeWith('echo: {}')}} satisfies`));
  run('--conditions=traced-functions-source', 'scripts/docs.ts');
});

/** Runs a program of the copy's. @throws Error with what it wrote */
function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

test.serial('the added function is served by npm start and the gateway, in one trace', async t => {
  const started = new Started(t, { cwd: copy, args: ['--quiet'] });
  const { gateway, traces } = await started.ready();
  await started.firstTrace();
  const response = await fetch(`${gateway}/echo?say=hello`);
  t.deepEqual(await response.json(), { echo: 'HELLO' });
  const all = await fetch(`${gateway}/all`);
  t.is(all.status, 200);
  const results = (await all.json()) as Record<string, { status: number }>;
  t.deepEqual(Object.keys(results), ['root', 'alpha', 'beta', 'redis', 'echo']);
  const id = response.headers.get('traceresponse')?.split('-')[1] ?? '';
  const deadline = Date.now() + 10_000;
  let trace = await readTrace(traces, id).catch(() => undefined);
  while ((trace?.spans.length ?? 0) < 4 && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 50));
    trace = await readTrace(traces, id).catch(() => undefined);
  }
  t.deepEqual(trace && serviceEdges(trace), ['gateway-fn > echo-fn']);
  t.deepEqual(trace?.spans.map(({ operationName }) => operationName).sort(), [
    'GET',
    'GET /echo',
    'GET /echo',
    'shout',
  ]);
});

test.serial('with it the manifests, the lists and the gateway’s tests stay green', t => {
  t.timeout(120_000);
  const files = ['manifests', 'overlays', 'compose', 'deploy', 'images', 'all', 'readme', 'imports'];
  const paths = [...files, 'gateway', 'gateway-urls', 'gateway-targets', 'contract'].map(
    name => `test/${name}.ts`,
  );
  t.notThrows(() => run(join(copy, 'node_modules/ava/entrypoints/cli.js'), ...paths));
});

test.serial('with it the code is formatted and its types are right', t => {
  t.timeout(120_000);
  t.notThrows(() => run(join(top, 'node_modules/@biomejs/biome/bin/biome'), 'check', 'functions', 'scripts'));
  t.notThrows(() => run(join(top, 'node_modules/typescript/bin/tsc'), '--noEmit'));
});
