import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';

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

test('an older one is told in one line what is wrong and how to mend it', t => {
  const { status, stderr } = checkOn('20.20.2');
  t.is(status, 1);
  t.regex(String(stderr), /^This needs Node 24 and runs on v20\.20\.2.*npm rebuild node.*\n$/);
});

test('these tests run on the Node of the package "node"', t => {
  t.is(process.versions.node.split('.')[0], '24');
  t.is(execFileSync(process.execPath, ['--version']).toString().trim(), process.version);
});
