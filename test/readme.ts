import { existsSync, globSync, readFileSync } from 'node:fs';
import test from 'ava';
import pkg from '../package.json' with { type: 'json' };
import runtime from '../packages/runtime/package.json' with { type: 'json' };
import traced from '../packages/traced/package.json' with { type: 'json' };
import { withTables } from '../scripts/docs.ts';
import { listed, withLists } from '../scripts/function-lists.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
/** What the repository and its packages depend on, but for one another. */
const needed = new Map(
  [pkg, runtime, traced]
    .flatMap(each =>
      Object.entries({
        ...('dependencies' in each ? each.dependencies : {}),
        ...('devDependencies' in each ? each.devDependencies : {}),
      }),
    )
    .filter(([name]) => !name.startsWith('@traced-functions/')),
);

const readme = readFileSync(at('README.md'), 'utf8');

test('the README’s tables are those of the code', t => {
  t.is(readme, withTables(readme), 'npm run docs fixes it');
});

for (const path of listed) {
  test(`the functions that ${path} lists are the folders under functions/`, t => {
    const text = readFileSync(at(path), 'utf8');
    t.is(text, withLists(text), 'npm run docs fixes it');
  });
}

test('every dependency has its reason in the README, and none that is not there has one', t => {
  const section = readme.split('## Dependencies')[1]?.split('\n## ')[0] ?? '';
  const named = [...section.matchAll(/^\| `([^`]+)`/gm)].map(match => match[1]);
  t.deepEqual([...new Set(named)].sort(), [...needed.keys()].sort());
});

test('dependencies are pinned exactly', t => {
  for (const [name, version] of needed) {
    t.regex(version, /^\d+\.\d+\.\d+$/, name);
  }
});

for (const page of globSync('{,docs/,packages/*/}*.md', { cwd: at('') }).sort()) {
  test(`the files that ${page} links to are there`, t => {
    const folder = page.includes('/') ? at(page.replace(/[^/]*$/, '')) : at('');
    const links = [...readFileSync(at(page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)];
    const missing = links
      .map(([, link]) => link as string)
      .filter(link => !existsSync(new URL(link, folder)));
    t.deepEqual(missing, []);
  });
}

test('every npm script that the README names exists', t => {
  const named = [...readme.matchAll(/npm run ([a-z:0-9]+)/g)].map(match => match[1] as string);
  for (const script of named) t.true(Object.hasOwn(pkg.scripts, script), script);
});

test('the lock file names no download address', t => {
  const resolved = readFileSync(at('package-lock.json'), 'utf8').matchAll(/"resolved": "([^"]*)"/g);
  for (const [, target] of resolved) t.regex(target as string, /^packages\/\w+$/);
});
