/** `traced init` from the packed packages, outside of the repository. */
import { execFile, execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { parse } from 'yaml';
import { readTrace, Started } from '../../../test/helpers/npm-start.ts';
import runtime from '../../runtime/package.json' with { type: 'json' };
import { newerNodeFor } from '../src/init/files.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packed = mkdtempSync(join(tmpdir(), 'traced-init-test-'));
const tool = join(packed, 'node_modules/@traced-functions/traced');
const traced = join(tool, 'bin/traced.js');
const run = promisify(execFile);

const unpack = (name: string, folder: string) => {
  mkdirSync(folder, { recursive: true });
  const [tarball = ''] = readdirSync(packed).filter(file => file.startsWith(`traced-functions-${name}-`));
  execFileSync('tar', ['-xzf', join(packed, tarball), '-C', folder, '--strip-components=1']);
};

test.before(t => {
  t.timeout(120_000);
  const packages = ['./packages/runtime', './packages/traced'];
  const args = ['pack', '--silent', '--pack-destination', packed, ...packages];
  execFileSync('npm', args, {
    cwd: root,
    stdio: 'pipe',
    env: { ...process.env, npm_config_offline: 'true' },
  });
  unpack('traced', tool);
});
test.after.always(() => rmSync(packed, { recursive: true, force: true }));

/** What `npm install` would do, without a registry. */
function install(folder: string): void {
  const modules = join(folder, 'node_modules');
  unpack('runtime', join(modules, '@traced-functions/runtime'));
  unpack('traced', join(modules, '@traced-functions/traced'));
  for (const name of ['ava', ...Object.keys(runtime.dependencies)]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
}

const expected = {
  http: { path: '/?name=Ada', spans: ['GET /fn-1', 'greet'] },
  cloudevent: { path: 'event.json', spans: ['CloudEvents Process com.example.greeting', 'POST'] },
};

for (const kind of ['http', 'cloudevent'] as const) {
  for (const [language, ext] of [
    ['typescript', 'ts'],
    ['javascript', 'js'],
  ] as const) {
    test.serial(
      `a new ${kind} function in ${language} has a green test, and its trace is on the page`,
      async t => {
        const place = mkdtempSync(join(packed, 'empty-'));
        const options = ['--kind', kind, '--language', language, '--packages', packed, '--no-install'];
        const made = await run(process.execPath, [traced, 'init', 'fn-1', ...options], { cwd: place });
        t.is(made.stderr, 'next: cd fn-1 && npm install && npm test && npm run dev\n');
        const folder = join(place, 'fn-1');
        t.true(made.stdout.includes(`fn-1/index.${ext}\n`));
        const pkg = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        t.deepEqual(pkg.dependencies, {
          '@traced-functions/runtime': `file:vendor/traced-functions-runtime-${runtime.version}.tgz`,
        });
        install(folder);
        const tested = await run(process.execPath, [realpathSync(join(root, 'node_modules/.bin/ava'))], {
          cwd: folder,
          env: { PATH: process.env['PATH'], HOME: packed },
        });
        t.regex(tested.stdout, /1 test passed/);
        const { path, spans } = expected[kind];
        t.true(pkg.scripts.dev.includes(path));
        const program = [join(folder, 'node_modules/@traced-functions/traced/bin/traced.js'), 'dev'];
        const dev = new Started(t, { program, args: ['--try', path], cwd: folder });
        const { traces } = await dev.ready();
        const [, id = ''] = await dev.stdoutHas(/\/trace\/([0-9a-f]{32})\n/);
        const trace = await readTrace(traces, id);
        t.deepEqual(trace.spans.map(({ operationName }) => operationName).sort(), spans);
        const page = await fetch(`${traces}/trace/${id}`);
        t.regex(await page.text(), /<!doctype html>/i);
        const manifest = parse(readFileSync(join(folder, 'knative/service.yaml'), 'utf8'));
        t.is(manifest.metadata.name, 'fn-1');
        t.is(manifest.spec.template.spec.containers[0].readinessProbe.httpGet.path, '/healthz');
      },
    );
  }
}

const refused: [what: string, args: string[], reason: RegExp][] = [
  ['a name that Knative does not take', ['Hello_1'], /^traced: "Hello_1" must be 1 to 63 lower-case letters/],
  ['a folder that is not empty', ['full', '--packages', packed], /^traced: full exists and is not empty$/m],
  ['a folder without the packages', ['hello'], /^traced: no traced-functions-runtime-\*\.tgz in .*npm pack/],
  ['an unknown kind', ['hello', '--kind', 'queue'], /Allowed choices are http, cloudevent/],
];
for (const [what, args, reason] of refused) {
  test(`traced init refuses ${what} with one sentence, and writes nothing`, async t => {
    const place = mkdtempSync(join(packed, 'empty-'));
    mkdirSync(join(place, 'full'));
    writeFileSync(join(place, 'full/file'), '');
    const error = await t.throwsAsync(run(process.execPath, [traced, 'init', ...args], { cwd: place }));
    t.regex((error as Error & { stderr: string }).stderr, reason);
    t.is((error as Error & { code: number }).code, 2);
    t.deepEqual(readdirSync(place), ['full']);
  });
}

test('a Node that is too old for a new function is reported', t => {
  t.is(newerNodeFor('typescript', '20.20.2'), '22.18');
  t.is(newerNodeFor('typescript', '22.17.1'), '22.18');
  t.is(newerNodeFor('javascript', '22.17.1'), undefined);
  t.is(newerNodeFor('typescript', '24.0.0'), undefined);
});
