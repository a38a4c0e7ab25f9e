import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { top } from './helpers/rendered.ts';

const isThere = (command: string): boolean => spawnSync(command, ['--version']).error === undefined;
const where = (command: string) => (isThere(command) ? test : test.skip);

const read = (file: string) => readFileSync(join(top, file), 'utf8');
const scripts = globSync('{scripts/*,.ci/run}', { cwd: top }).filter(
  file => /\.sh$|\/[\w-]+$/.test(file) && spawnSync('test', ['-f', join(top, file)]).status === 0,
);
const commands = ['scripts/platform', 'scripts/deploy'];

where('shellcheck')('shellcheck has nothing to say about the scripts', t => {
  t.true(scripts.length >= 4);
  const { stdout, stderr } = spawnSync('shellcheck', ['-x', ...scripts], { cwd: top, encoding: 'utf8' });
  t.is(stdout + stderr, '');
});

where('ruby')('Ruby can read the Vagrantfile', t => {
  t.regex(execFileSync('ruby', ['-c', 'Vagrantfile'], { cwd: top, encoding: 'utf8' }), /Syntax OK/);
});

where('vagrant')('Vagrant accepts the Vagrantfile', t => {
  t.notThrows(() => execFileSync('vagrant', ['validate', '--ignore-provider'], { cwd: top }));
});

for (const command of commands) {
  test(`${command} says how it is used when it is used wrongly, and exits with 2`, t => {
    const { status, stdout, stderr } = spawnSync(join(top, command), ['--no-such-option'], {
      encoding: 'utf8',
    });
    t.is(status, 2);
    t.is(stdout, '');
    t.true(stderr.includes(`  ${command} [--`), stderr);
    for (const option of new Set(read(command).match(/^ +--\w+/gm))) t.true(stderr.includes(option.trim()));
  });

  where('kubectl')(`${command} says that no cluster answers, and stops there`, t => {
    const folder = mkdtempSync(join(tmpdir(), 'no-cluster-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'config');
    const cluster = { name: 'none', cluster: { server: 'http://127.0.0.1:1' } };
    const context = { name: 'none', context: { cluster: 'none', user: '' } };
    writeFileSync(
      file,
      JSON.stringify({ clusters: [cluster], contexts: [context], 'current-context': 'none' }),
    );
    const env = { PATH: process.env['PATH'], KUBECONFIG: file };
    const { status, stderr } = spawnSync(join(top, command), { encoding: 'utf8', env });
    t.is(status, 1);
    t.regex(stderr, /^\w+: no cluster answers: .*refused/);
    t.is(stderr.trim().split('\n').length, 1);
  });
}

test('the Vagrantfile forwards both ports to this machine only, and its script runs the project’s own', t => {
  const vagrantfile = read('Vagrantfile');
  for (const [guest, host] of [
    ['80', '8080'],
    ['16686', '16686'],
  ]) {
    t.true(vagrantfile.includes(`guest: ${guest}, host: ${host}, host_ip: '127.0.0.1'`));
  }
  t.true(vagrantfile.includes("path: 'scripts/vagrant'"));
  for (const command of commands) t.true(read('scripts/vagrant').includes(`\n${command} `));
});

test('provisioning again copies the project anew, without what it no longer has, and deploys after building', t => {
  const folder = mkdtempSync(join(tmpdir(), 'vagrant-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const script = read('scripts/vagrant');
  const [copy = ''] = /^copy_project\(\) \{[\s\S]*?^\}/m.exec(script) ?? [];
  const again = `set -e; work=${folder}/work
${copy.replaceAll('/vagrant', `${folder}/host`)}
mkdir -p ${folder}/host/functions/old; touch ${folder}/host/functions/old/index.ts; copy_project
rm -r ${folder}/host/functions/old; touch ${folder}/host/functions/new; copy_project`;
  execFileSync('bash', ['-c', again], { stdio: 'pipe' });
  t.deepEqual(globSync('work/functions/*', { cwd: folder }), ['work/functions/new']);
  const order = [...script.matchAll(/^(copy_project|build_images|scripts\/deploy)\b(?!\(\))/gm)].map(
    ([, step]) => step,
  );
  t.deepEqual(order, ['copy_project', 'build_images', 'scripts/deploy']);
  t.is(script.match(/npm run images -- --tag v[12] --load$/gm)?.length, 2);
});
