import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { top } from './helpers/rendered.ts';

const onDebian = spawnSync('dpkg-query', ['--version']).error === undefined ? test : test.skip;

/** Runs the Dockerfile's command that makes the image's root, for a folder of this machine and its own Node. */
function imageRoot(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-root-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [, command = ''] =
    /^RUN (mkdir -p \/image\/(?:.*\\\n)*.*)/m.exec(
      readFileSync(join(top, 'packages/runtime/Dockerfile'), 'utf8'),
    ) ?? [];
  const here = command
    .replace(/strip -o \S+ \S+/, 'true')
    .replaceAll(/\/image\b/g, `${folder}/image`)
    .replaceAll(/(?<=[ <>])\/libraries\b/g, `${folder}/libraries`)
    .replaceAll('/usr/local/bin/node', process.execPath);
  execFileSync('sh', ['-c', here], { stdio: 'pipe' });
  return join(folder, 'image');
}

const field = (stanza: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1];

onDebian('an image scanner sees the package and version of every library that an image has', t => {
  const root = imageRoot(t);
  const libraries = globSync('{lib,lib64,usr/lib}/**/*.so*', { cwd: root }).map(file =>
    file.split('/').at(-1),
  );
  t.true(libraries.includes('libc.so.6') && libraries.includes('libstdc++.so.6'));
  const status = globSync('var/lib/dpkg/status.d/*', { cwd: root }).sort();
  t.deepEqual(
    status.map(file => file.split('/').at(-1)),
    ['libc6', 'libgcc-s1', 'libstdc++6'],
  );
  for (const file of status) {
    const stanza = readFileSync(join(root, file), 'utf8');
    const name = file.split('/').at(-1) ?? '';
    t.is(field(stanza, 'Package'), name);
    t.is(field(stanza, 'Status'), 'install ok installed');
    const installed = execFileSync('dpkg-query', ['--status', name], { encoding: 'utf8' });
    t.is(field(stanza, 'Version'), field(installed, 'Version'));
    t.truthy(field(stanza, 'Version'));
  }
  const release = readFileSync(join(root, 'etc/os-release'), 'utf8');
  t.regex(release, /^ID="?debian"?$/m);
  t.regex(release, /^VERSION_ID="\d+"$/m);
  t.regex(readFileSync(join(root, 'etc/debian_version'), 'utf8'), /^\d+/);
});
