import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import pkg from '../../../package.json' with { type: 'json' };
import { top } from '../../../test/helpers/rendered.ts';
import own from '../package.json' with { type: 'json' };
import { folderWith, idOf, oneByOne, withId } from './helpers/drawn.ts';

// No registry can be asked: whatever is not in the package is missing.
const npm = { npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' };

/** Every Node that is on the path: that of the npm scripts, and the host's own where it is another. */
function nodes(): string[] {
  const found = (process.env['PATH'] ?? '').split(':').map(folder => join(folder, 'node'));
  const versions = new Map<string, string>();
  for (const node of [process.execPath, ...found]) {
    const { stdout, status } = spawnSync(node, ['--version'], { encoding: 'utf8' });
    if (status === 0 && Number(/\d+/.exec(stdout)?.[0]) >= 20 && !versions.has(stdout))
      versions.set(stdout, node);
  }
  return [...versions.values()];
}

test('the package is of the same version as all else, and needs no other', t => {
  t.is(own.version, pkg.version);
  t.is(own.license, pkg.license);
  t.false('dependencies' in own);
  // Under a bare name, npx would one day run a stranger's.
  t.regex(own.name, /^@traced-functions\//);
});

test.serial('packed and installed without a registry, it runs on every Node from 20 on', t => {
  const { folder, path } = folderWith(t, { 'slow.json': withId(oneByOne(), idOf(1)) });
  const options = { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, ...npm } } as const;
  execFileSync('npm', ['pack', './packages/traced', '--pack-destination', folder], { ...options, cwd: top });
  const [tarball] = readdirSync(folder).filter(name => name.endsWith('.tgz'));
  t.is(tarball, `traced-functions-traced-${own.version}.tgz`);
  mkdirSync(path('empty'));
  writeFileSync(path('empty/package.json'), '{"private":true}');
  execFileSync('npm', ['install', path(tarball as string)], { ...options, cwd: path('empty') });
  t.deepEqual(
    readdirSync(path('empty/node_modules')).filter(name => !name.startsWith('.')),
    ['@traced-functions'],
  );
  const installed = path('empty/node_modules/.bin/traced');
  t.deepEqual(readdirSync(path('empty/node_modules/@traced-functions/traced')).sort(), [
    'README.md',
    'bin',
    'dist',
    'package.json',
  ]);
  for (const node of nodes()) {
    const run = (...args: string[]) =>
      execFileSync(node, [installed, ...args], { cwd: folder, encoding: 'utf8' });
    t.is(run('--version'), `traced ${own.version}\n`);
    t.regex(run('diagnose', 'slow.json', '--html', 'x.html'), /one-by-one/, node);
    t.true(readFileSync(path('x.html'), 'utf8').includes(idOf(1)));
    t.regex(run('compare', 'slow.json', 'slow.json'), /takes as long as before/);
    t.regex(run('completion', 'bash'), /complete -o default/);
    const capture = spawnSync(node, [installed, 'capture', '--', 'true'], { encoding: 'utf8' });
    t.regex(capture.stderr, /^traced: no traces were received/m, node);
  }
  const licenses = readFileSync(
    path('empty/node_modules/@traced-functions/traced/dist/LICENSES.txt'),
    'utf8',
  );
  for (const name of ['commander', 'preact']) t.regex(licenses, new RegExp(`^${name} \\d`, 'm'));
});

test.serial('npx in the clone runs this one, and asks no registry', t => {
  const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9', npm_config_yes: 'false' };
  for (const cwd of [top, join(top, 'docs')]) {
    const { stdout, status } = spawnSync('npx', ['traced', '--version'], { cwd, env, encoding: 'utf8' });
    t.is(status, 0);
    t.is(stdout, `traced ${pkg.version}\n`);
  }
});
