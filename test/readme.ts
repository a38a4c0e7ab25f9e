import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import pkg from '../package.json' with { type: 'json' };
import { withTables } from '../scripts/docs.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const readme = readFileSync(at('README.md'), 'utf8');

test('the README’s tables are those of the code', t => {
  t.is(readme, withTables(readme), 'npm run docs mends it');
});

test('every dependency has its reason in the README, and none that is not there has one', t => {
  const section = readme.split('## Dependencies')[1]?.split('\n## ')[0] ?? '';
  const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(match => match[1]);
  t.deepEqual(named.sort(), [...Object.keys(pkg.dependencies), ...Object.keys(pkg.devDependencies)].sort());
});

test('dependencies are pinned exactly', t => {
  for (const [name, version] of Object.entries({ ...pkg.dependencies, ...pkg.devDependencies })) {
    t.regex(version, /^\d+\.\d+\.\d+$/, name);
  }
});

for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/exercise.md', 'docs/traced.md']) {
  test(`the files that ${page} links to are there`, t => {
    const folder = page.includes('/') ? at(page.replace(/[^/]*$/, '')) : at('');
    const links = [...readFileSync(at(page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
    for (const [, link] of links) t.true(existsSync(new URL(link as string, folder)), link);
  });
}

test('every npm script that the README names exists', t => {
  const named = [...readme.matchAll(/npm run ([a-z:0-9]+)/g)].map(match => match[1] as string);
  for (const script of named) t.true(Object.hasOwn(pkg.scripts, script), script);
});

test('the lock file names no download address', t => {
  t.false(readFileSync(at('package-lock.json'), 'utf8').includes('"resolved"'));
});
