import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { top } from './helpers/rendered.ts';

const read = (path: string): string => readFileSync(join(top, path), 'utf8');

/** The titles in a test file, as patterns: what stands for a value may be anything that the file has in it. */
function titlesIn(file: string): ((title: string) => boolean)[] {
  const source = read(file);
  const literals = [...source.matchAll(/\w\(\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`),\s*(?:async )?\(?[\w{(]/g)];
  return literals.map(([, plain, template = '']) => {
    if (plain !== undefined) return title => title === plain.replaceAll("\\'", "'");
    const parts = template.split(/\$\{[^}]*\}/).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('(.+)')}$`);
    return title =>
      pattern
        .exec(title)
        ?.slice(1)
        .every(value => value === '…' || source.includes(value)) ?? false;
  });
}

const [, model = ''] = /\n## What is guaranteed\n([\s\S]*?)\n## /.exec(read('SECURITY.md')) ?? [];

test('every line of SECURITY.md names tests that there are', t => {
  const lines = model.split('\n').filter(line => line.startsWith('- '));
  t.true(lines.length > 30);
  for (const line of lines) {
    const links = [...line.matchAll(/\[([^\]]+)\]\(((?:packages\/\w+\/)?test\/[\w/-]+\.ts)\)/g)];
    t.true(links.length > 0, `no test: ${line}`);
    for (const [, title = '', file = ''] of links)
      t.true(
        titlesIn(file).some(matches => matches(title)),
        `${file} has no test “${title}”`,
      );
  }
  const others = model.split('\n').filter(line => line !== '' && !/^(?:- |### )/.test(line));
  t.deepEqual(others, [], 'all of it is lines with tests');
});

test('a test that is not there would be missed', t => {
  const has = (title: string, file = 'test/security.ts') => titlesIn(file).some(matches => matches(title));
  t.true(has('a file that never ends is given up'));
  t.false(has('a file that never ends'));
  t.true(has('a body of more than 16 MiB is refused with 413', 'packages/traced/test/collector.ts'));
  t.false(has('a body of more than 17 TiB is refused with 413', 'packages/traced/test/collector.ts'));
});
