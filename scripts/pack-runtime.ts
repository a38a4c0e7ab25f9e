/**
 * Makes what the package of the runtime has: packages/runtime/dist/, JavaScript for Node 22. In `*.cjs` the runtime's own
 * code and OpenTelemetry's are bundled, which starts fast; in `*.js` each module is by itself, which is what
 * `traced-functions build` runs and bundles from. `npm pack ./packages/runtime` runs this first.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { leanPlugins } from '../packages/runtime/src/build/lean.ts';
import { packagesIn, writeLicenses } from '../packages/runtime/src/build/licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What stays a package of its own: what functions share with the runtime, and what few of them need. */
const external = [
  '@google-cloud/functions-framework',
  '@opentelemetry/api',
  '@opentelemetry/exporter-jaeger',
  'body-parser',
  'esbuild',
  'express',
];

const source = (file: string): string => join(root, 'packages/runtime/src', `${file}.ts`);

/** The package's entries, each with what it exports. */
const entries = { index: source('index'), setting: source('setting'), 'body-parser': source('body-parser') };

/**
 * All of it in one CommonJS file, whose parts are run when they are asked for. As an ES module, `import http from
 * 'node:http'` would read every export of that module, and two of those load undici.
 */
const parts = `
export const start = () => import(${JSON.stringify(source('main'))});
${Object.entries(entries)
  .map(([name, file]) => `export const ${camelCase(name)} = () => require(${JSON.stringify(file)});`)
  .join('\n')}
`;

const start = `require('node:module').enableCompileCache?.();
require('./runtime.cjs').start();
`;

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** An entry that Node knows the exports of, whether it is required or imported. */
async function writeEntry(folder: string, name: string, file: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [file],
    packages: 'external',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
  });
  const names = Object.values(metafile.outputs).flatMap(output => output.exports);
  const lines = names.map(
    each => `${each === 'module.exports' ? each : `exports.${each}`} = part['${each}'];`,
  );
  const part = `const part = require('./runtime.cjs').${camelCase(name)}();\n`;
  writeFileSync(join(folder, `${name}.cjs`), `'use strict';\n${part}${lines.join('\n')}\n`);
}

const modules: Plugin = {
  name: 'modules',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/ts$/, 'js'), external: true },
    );
  },
};

/** Each module by itself, its types removed. */
async function writeModules(folder: string): Promise<void> {
  const sources = join(root, 'packages/runtime/src');
  await build({
    absWorkingDir: sources,
    entryPoints: globSync('**/*.ts', { cwd: sources }).filter(file => !file.endsWith('.d.ts')),
    outdir: folder,
    // For package.json alone: all other imports stay as they are.
    bundle: true,
    packages: 'external',
    plugins: [modules],
    format: 'esm',
    platform: 'node',
    target: 'node22',
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const file of globSync('build/*.cjs', { cwd: sources }))
    copyFileSync(join(sources, file), join(folder, file));
}

/**
 * @param folder where to; what is there is removed
 * @returns the folders of the packages whose code is in it
 */
export async function packRuntime(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: parts, resolveDir: root, loader: 'ts' },
    outfile: join(folder, 'runtime.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: external.flatMap(name => [name, `${name}/*`]),
    plugins: leanPlugins,
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeFileSync(join(folder, 'main.cjs'), start);
  for (const [name, file] of Object.entries(entries)) await writeEntry(folder, name, file);
  await writeModules(folder);
  const packages = packagesIn([metafile], root);
  writeLicenses(packages, join(folder, 'LICENSES.txt'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return packages;
}

/** Type declarations of the package's entries. */
function writeTypes(folder: string): void {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  const options = [
    '--declaration',
    '--emitDeclarationOnly',
    '--noEmit',
    'false',
    '--rewriteRelativeImportExtensions',
  ];
  execFileSync(process.execPath, [
    tsc,
    '--project',
    join(root, 'packages/runtime'),
    ...options,
    '--outDir',
    folder,
  ]);
}

if (import.meta.main) {
  const folder = join(root, 'packages/runtime/dist');
  await packRuntime(folder);
  writeTypes(folder);
}
