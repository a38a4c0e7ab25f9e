import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const top = fileURLToPath(new URL('..', import.meta.url));

/** What the code of a folder may import besides itself and what Node has. */
const allowed: Record<string, { folders: string[]; packages: RegExp }> = {
  functions: { folders: ['runtime'], packages: /^@opentelemetry\/api$/ },
  'functions/redis': { folders: ['runtime'], packages: /^(@opentelemetry\/api|ioredis)$/ },
  runtime: { folders: ['package.json'], packages: /^@opentelemetry\/|^@google-cloud\/functions-framework/ },
  diagnosis: { folders: [], packages: /^$/ },
  page: { folders: ['diagnosis'], packages: /./ },
  cli: { folders: ['diagnosis', 'page', 'package.json'], packages: /./ },
  local: { folders: ['diagnosis', 'page', 'runtime'], packages: /./ },
};

const specifiers = (source: string): string[] =>
  [...source.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)].map(match => match[1] as string);

const ownFolder = (file: string): string =>
  file.startsWith('functions/') ? dirname(file) : (file.split('/')[0] as string);

/** What `file` may not import of what it does. */
function violations(file: string): string[] {
  const own = ownFolder(file);
  const rule = allowed[own] ?? allowed[own.split('/')[0] as string];
  return specifiers(readFileSync(join(top, file), 'utf8')).filter(specifier => {
    if (rule === undefined) return true;
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return false;
    if (specifier === '#runtime') return !rule.folders.includes('runtime');
    if (!specifier.startsWith('.')) return !rule.packages.test(specifier);
    const target = relative(top, join(top, dirname(file), specifier));
    const folder = target.split('/')[0] as string;
    return ownFolder(target) !== own && !rule.folders.includes(folder);
  });
}

const files = globSync('{functions,runtime,diagnosis,page,cli,local}/**/*.{ts,tsx}', { cwd: top });

for (const folder of ['functions', 'runtime', 'diagnosis', 'page', 'cli', 'local']) {
  test(`${folder} imports only what the design allows`, t => {
    const own = files.filter(file => file.startsWith(`${folder}/`));
    t.true(own.length > 0);
    for (const file of own) t.deepEqual(violations(file), [], file);
  });
}

test('local takes of the runtime only its tables', t => {
  for (const file of files.filter(file => file.startsWith('local/'))) {
    const used = specifiers(readFileSync(join(top, file), 'utf8')).filter(specifier =>
      specifier.includes('runtime/'),
    );
    for (const specifier of used) t.regex(specifier, /\/runtime\/(faults|node-options|settings?)\.ts$/, file);
  }
});
