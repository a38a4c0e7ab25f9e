import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { top } from './helpers/rendered.ts';

const script = fileURLToPath(new URL('../scripts/check-node.js', import.meta.url));

/** Runs the check as a Node of that version would see it. */
const checkOn = (version: string) =>
  spawnSync(process.execPath, [
    '-e',
    `Object.defineProperty(process.versions, 'node', { value: '${version}' });
     Object.defineProperty(process, 'version', { value: 'v${version}' });
     ${readFileSync(script, 'utf8')}`,
  ]);

test('Node 24 and newer pass without a word', t => {
  const { status, stdout, stderr } = checkOn('24.0.0');
  t.is(status, 0);
  t.is(String(stdout) + String(stderr), '');
});

test('an older one ends with one line that says what is wrong and how to fix it', t => {
  for (const version of ['20.20.2', '22.20.0', '18.0.0']) {
    const { status, stderr } = checkOn(version);
    t.is(status, 1);
    const message = String(stderr);
    t.true(message.startsWith(`This needs Node 24, but runs on Node v${version}, because `), message);
    t.regex(message, /To fix it, run: npm rebuild node .*\. Or install Node 24\.\n$/);
    t.is(message.split('\n').length, 2);
  }
});

/** What `npx traced` runs. */
const command = 'packages/traced/bin/traced.js';

/** A folder with this project's package.json and check, a `node` of version 20 on the PATH, and nothing else. */
function cloneOnOldNode(t: ExecutionContext): { folder: string; env: NodeJS.ProcessEnv } {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-old-node-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'));
  for (const file of ['package.json', 'scripts/check-node.js', command, 'packages/traced/src/cli/main.ts']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(top, file), join(folder, file));
  }
  writeFileSync(
    join(folder, 'old.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });" +
      "Object.defineProperty(process, 'version', { value: 'v20.20.2' });",
  );
  const wrapper = `#!/bin/sh\nexec '${process.execPath}' --require '${folder}/old.cjs' "$@"\n`;
  writeFileSync(join(folder, 'bin/node'), wrapper, { mode: 0o755 });
  const elsewhere = (process.env['PATH'] ?? '').split(':').filter(each => !each.includes('node_modules'));
  return { folder, env: { HOME: folder, PATH: [join(folder, 'bin'), ...elsewhere].join(':') } };
}

/** Runs TypeScript: with Node, or with a tool that does. */
const runsTypeScript = (command: string): boolean => /\.ts\b|\b(ava|tsc|esbuild)\b/.test(command);
const scriptsOf = (file: string): [name: string, command: string][] =>
  Object.entries(JSON.parse(readFileSync(join(top, file), 'utf8')).scripts ?? {});

test('every npm script that runs TypeScript checks the Node first', t => {
  const isChecked = (scripts: [string, string][], name: string, command: string) =>
    command.startsWith('node ../../scripts/check-node.js && ') ||
    scripts.some(([other, check]) => other === `pre${name}` && check === 'node scripts/check-node.js');
  let checked = 0;
  for (const file of globSync('{package.json,packages/*/package.json}', { cwd: top })) {
    const scripts = scriptsOf(file);
    for (const [name, command] of scripts.filter(([, each]) => runsTypeScript(each))) {
      t.true(isChecked(scripts, name, command), `${file}: ${name}`);
      checked++;
    }
  }
  t.true(checked >= 15);
});

test('on Node 20, npm scripts and the command of a clone say how to get Node 24', async t => {
  const { folder, env } = cloneOnOldNode(t);
  const run = promisify(execFile);
  const outcome = (program: string, ...args: string[]) =>
    run(program, args, { cwd: folder, env }).then(
      () => 'ended well',
      (error: { stderr: string }) => error.stderr,
    );
  const names = scriptsOf('package.json').filter(([, command]) => runsTypeScript(command));
  for (const [name] of names)
    t.regex(await outcome('npm', 'run', '--silent', name), /^This needs Node 24/, name);
  t.regex(await outcome('node', command), /^This needs Node 24/);
});

const [, version = '', major = ''] =
  /"node": "((\d+)\.\d+\.\d+)"/.exec(readFileSync(join(top, 'package.json'), 'utf8')) ?? [];

test('one place gives the version of Node: the images and Vagrant have that of the package "node"', t => {
  t.is(major, '24');
  t.is(process.versions.node, version);
  const dockerfiles = globSync('{,packages/*/,bench/**/}Dockerfile', { cwd: top });
  t.true(dockerfiles.length >= 2);
  for (const file of dockerfiles) {
    const bases = readFileSync(join(top, file), 'utf8').match(/^FROM docker.io\/library\/node:\S+/gm);
    t.deepEqual(bases, [`FROM docker.io/library/node:${version}-bookworm-slim`], file);
  }
  const vagrant = readFileSync(join(top, 'scripts/vagrant'), 'utf8');
  const [line = ''] = /^ *node_version=.*$/m.exec(vagrant) ?? [];
  t.is(
    execFileSync('bash', ['-c', `${line}; echo "$node_version"`], { cwd: top, encoding: 'utf8' }).trim(),
    version,
  );
  t.notRegex(vagrant, /v?\b2\d\.\d+\.\d+/, 'no version of Node of its own');
});

test('these tests run on the Node of the package "node"', t => {
  t.is(process.versions.node.split('.')[0], '24');
  t.is(execFileSync(process.execPath, ['--version']).toString().trim(), process.version);
});
