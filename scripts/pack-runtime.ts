/**
 * Makes what the package of the runtime has: packages/runtime/dist/, JavaScript for Node 22 with its own code and
 * OpenTelemetry's in it; once to run a function's folder, once for `traced-functions build` to make bundles of.
 * `npm pack ./packages/runtime` runs this first.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { copyThrift } from '../packages/runtime/src/build/bundle.ts';
import { leanPlugins } from '../packages/runtime/src/build/lean.ts';
import { packagesIn, writeLicenses } from '../packages/runtime/src/build/licenses.ts';
import {
  bundledLoad,
  functionImport,
  instrumentationsImport,
  jaegerExporter,
  lateBodyParser,
  metricsSdk,
} from '../packages/runtime/src/build/modules.ts';
import { metricsModule } from '../packages/runtime/src/build/places.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What stays a package of its own: what functions share with the runtime, and what few of them load. */
const external = [
  '@google-cloud/functions-framework',
  '@opentelemetry/api',
  'body-parser',
  'esbuild',
  'express',
];

const source = (file: string): string => join(root, 'packages/runtime/src', `${file}.ts`);

/** The package's entries, each with what it exports. */
const entries = Object.fromEntries(
  ['index', 'setting', 'testing/index', 'body-parser'].map(name => [name, source(name)]),
);

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

function camelCase(name: string): string {
  return name.replace(/[-/](\w)/g, (_, letter: string) => letter.toUpperCase());
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
  const entry = join(folder, `${name}.cjs`);
  const part = `const part = require('${relative(dirname(entry), folder) || '.'}/runtime.cjs').${camelCase(name)}();\n`;
  mkdirSync(dirname(entry), { recursive: true });
  writeFileSync(entry, `'use strict';\n${part}${lines.join('\n')}\n`);
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  external: external.flatMap(name => [name, `${name}/*`]),
  plugins: [jaegerExporter, metricsSdk, ...leanPlugins],
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

const runtime = {
  ...common,
  stdin: { contents: parts, resolveDir: root, loader: 'ts' },
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
} satisfies BuildOptions;

/** What `traced-functions build` is, and what it makes bundles of: the runtime without what finds a function. */
async function writeBuild(folder: string): Promise<void> {
  await build({
    ...runtime,
    external: [...runtime.external, functionImport, instrumentationsImport],
    plugins: [bundledLoad, ...runtime.plugins],
    outfile: join(folder, 'bundle/runtime.cjs'),
  });
  writeFileSync(join(folder, 'bundle/main.cjs'), "require('./runtime.cjs').start();\n");
  await build({
    ...common,
    entryPoints: [source('healthcheck'), source('build/code-cache-main')],
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.dirname': '__dirname' },
  });
  // Its place in the folder is that of its source, by which it finds the rest.
  await build({
    ...common,
    entryPoints: [source('build/main')],
    outfile: join(folder, 'build/main.js'),
    format: 'esm',
    packages: 'external',
    plugins: [],
  });
  for (const name of ['loader.cjs', 'record.cjs'])
    copyFileSync(join(root, 'packages/runtime/src/build', name), join(folder, 'build', name));
}

/**
 * @param folder where to; what is there is removed
 * @returns the folders of the packages whose code is in it
 */
export async function packRuntime(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    ...runtime,
    // Express and its parsers with it: a hundred files less to load. Functions have their own.
    external: runtime.external.filter(name => !/^(express|body-parser)/.test(name)),
    plugins: [lateBodyParser, ...runtime.plugins],
    banner: { js: `(function (exports, require, module, __filename, __dirname) {${runtime.banner.js}` },
    footer: { js: '})' },
    // ASCII, for the loader to read it fast.
    charset: 'ascii',
    outfile: join(folder, 'runtime.bundle.cjs'),
  });
  copyFileSync(join(root, 'packages/runtime/src/build/runtime-loader.cjs'), join(folder, 'runtime.cjs'));
  const exporter = await build({
    ...common,
    // By `require`: what is bundled from an ES module is in strict mode, in which jaeger-client's packages fail.
    stdin: { contents: "module.exports = require('@opentelemetry/exporter-jaeger')", resolveDir: root },
    plugins: leanPlugins,
    outfile: join(folder, 'jaeger-exporter.cjs'),
  });
  const metrics = await build({
    ...common,
    entryPoints: [metricsModule],
    plugins: leanPlugins,
    outfile: join(folder, 'metrics-sdk.cjs'),
  });
  copyThrift(folder);
  writeFileSync(join(folder, 'main.cjs'), "require('./runtime.cjs').start();\n");
  for (const [name, file] of Object.entries(entries)) await writeEntry(folder, name, file);
  await writeBuild(folder);
  const packages = packagesIn([metafile, exporter.metafile, metrics.metafile], root);
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
