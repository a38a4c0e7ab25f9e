import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import runtime from '../packages/runtime/package.json' with { type: 'json' };
import traced from '../packages/traced/package.json' with { type: 'json' };

const top = fileURLToPath(new URL('..', import.meta.url));

interface Rule {
  /** Folders besides its own that its files may import from. */
  folders: string[];
  /** Packages that they may import. */
  packages: string[];
}

const publicRuntime = ['@traced-functions/runtime', '@traced-functions/runtime/settings'];

const inner = (folder: string) => `packages/traced/src/${folder}`;
const tracedPackages = Object.keys(traced.devDependencies);

/** What the code of a folder may import besides itself and what Node has. */
const rules: Record<string, Rule> = {
  functions: { folders: ['functions/shared'], packages: [...publicRuntime, '@opentelemetry/api'] },
  'functions/redis': {
    folders: ['functions/shared'],
    packages: [...publicRuntime, '@opentelemetry/api', 'ioredis'],
  },
  'packages/runtime/src': {
    folders: ['packages/runtime/package.json'],
    // The development dependencies are part of its bundle.
    packages: Object.keys({ ...runtime.dependencies, ...runtime.devDependencies }),
  },
  [inner('semantics')]: { folders: [], packages: [] },
  [inner('diagnosis')]: { folders: [inner('semantics')], packages: [] },
  [inner('read')]: { folders: [inner('diagnosis'), inner('semantics')], packages: ['protobufjs'] },
  [inner('page')]: { folders: [inner('diagnosis'), inner('semantics')], packages: tracedPackages },
  [inner('cli')]: {
    folders: ['diagnosis', 'read', 'page', 'dev', 'init'].map(inner).concat('packages/traced/package.json'),
    packages: tracedPackages,
  },
  // In the test that it writes.
  [inner('init')]: { folders: [], packages: ['ava'] },
  [inner('dev')]: {
    folders: [inner('diagnosis'), inner('read'), inner('page')],
    packages: tracedPackages,
  },
  [inner('index.ts')]: { folders: [inner('diagnosis'), inner('read')], packages: [] },
  local: {
    // Its own file, as the images are bundled with the stand-ins but without the tool.
    folders: ['functions/shared/faults.ts', 'packages/traced/src/dev/listen.ts'],
    packages: ['@traced-functions/runtime/settings', '@traced-functions/traced/dev', 'redis-parser'],
  },
};

const specifiers = (source: string): string[] =>
  [...source.matchAll(/(?:^(?:import|export|\}) .*\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"\s]+)['"]/gm)].map(
    match => match[1] as string,
  );

/** The longest folder with a rule that a file is in; each function is a folder of its own. */
function ownFolder(file: string): string {
  if (file.startsWith('functions/')) return dirname(file);
  const folders = Object.keys(rules).filter(folder => file === folder || file.startsWith(`${folder}/`));
  return folders.sort((a, b) => b.length - a.length)[0] ?? file;
}

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** What `file` may not import of what it does. */
function violations(file: string): string[] {
  const own = ownFolder(file);
  const rule = rules[own] ?? (own.startsWith('functions/') ? rules['functions'] : undefined);
  return specifiers(readFileSync(join(top, file), 'utf8')).filter(specifier => {
    if (rule === undefined) return true;
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return false;
    if (!specifier.startsWith('.'))
      return !rule.packages.some(name => specifier === name || specifier.startsWith(`${name}/`));
    const target = relative(top, join(top, dirname(file), specifier));
    return ![own, ...rule.folders].some(folder => isIn(target, folder));
  });
}

const files = globSync('{functions,local,packages/*/src}/**/*.{ts,tsx}', { cwd: top }).filter(
  file => !file.includes('node_modules'),
);

for (const folder of ['functions', 'packages/runtime', 'packages/traced', 'local']) {
  test(`${folder} imports only what the design allows`, t => {
    const own = files.filter(file => file.startsWith(`${folder}/`));
    t.true(own.length > 0);
    for (const file of own) t.deepEqual(violations(file), [], file);
  });
}

const runtimeFolder = 'packages/runtime/src';
/** The files behind the packages' names that functions import. */
const entryOf: Record<string, string> = {
  '@traced-functions/runtime': `${runtimeFolder}/index.ts`,
  '@traced-functions/runtime/settings': `${runtimeFolder}/setting.ts`,
};

/** What a file imports of the project's own files; types apart, which are gone when it runs. */
function importedBy(file: string): string[] {
  const source = readFileSync(join(top, file), 'utf8').replaceAll(/^(import|export) type [^;]*;/gm, '');
  return specifiers(source).flatMap(specifier => {
    if (specifier.startsWith('.')) return [relative(top, join(top, dirname(file), specifier))];
    return entryOf[specifier] ?? [];
  });
}

/** The first cycle that is found from a file on, as the way around it. */
function cycleFrom(file: string, way: string[], done: Set<string>): string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const each of importedBy(file).filter(path => files.includes(path))) {
    const cycle = cycleFrom(each, [...way, file], done);
    if (cycle) return cycle;
  }
  done.add(file);
  return undefined;
}

test('the runtime, the functions and the diagnosis have no import cycles', t => {
  const done = new Set<string>();
  const own = files.filter(file =>
    /^(functions|packages\/runtime|packages\/traced\/src\/(semantics|diagnosis))\//.test(file),
  );
  t.true(own.length > 30);
  for (const file of own) t.deepEqual(cycleFrom(file, [], done) ?? [], []);
});
