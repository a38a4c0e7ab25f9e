/**
 * Makes what the package of the runtime holds: packages/runtime/dist/, JavaScript for Node 22 with its own code and
 * OpenTelemetry's in it. `npm pack ./packages/runtime` runs this first.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { leanPlugins } from './bundle/lean.ts';
import { writeLicenses } from './bundle/licenses.ts';

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

/**
 * A file of its own, which only those load who send to an agent by UDP. As a dependency it would bring the version 2 of
 * OpenTelemetry's packages into the folder of the function, and an API older than the runtime's.
 */
const jaegerExporter: Plugin = {
  name: 'Jaeger exporter',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/exporter-jaeger$/ }, () => ({
      path: './jaeger-exporter.cjs',
      external: true,
    }));
  },
};

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

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  external: external.flatMap(name => [name, `${name}/*`]),
  plugins: [jaegerExporter, ...leanPlugins],
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** jaeger-client reads its definitions from beside its own file. */
function copyThrift(folder: string): void {
  const client = dirname(createRequire(import.meta.url).resolve('jaeger-client/dist/src/thrift.js'));
  for (const file of ['jaeger-idl/thrift/jaeger.thrift', 'thriftrw-idl/agent.thrift']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(client, file), join(folder, file));
  }
}

/**
 * @param folder where to; what is there is removed
 * @returns what esbuild says is in it
 */
export async function packRuntime(folder: string): Promise<Metafile[]> {
  rmSync(folder, { recursive: true, force: true });
  const runtime = await build({
    ...common,
    stdin: { contents: parts, resolveDir: root, loader: 'ts' },
    outfile: join(folder, 'runtime.cjs'),
    define: { 'import.meta.url': 'moduleUrl' },
    banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  const exporter = await build({
    ...common,
    // By `require`: what is bundled from an ES module is in strict mode, in which jaeger-client's packages fail.
    stdin: { contents: "module.exports = require('@opentelemetry/exporter-jaeger')", resolveDir: root },
    plugins: leanPlugins,
    outfile: join(folder, 'jaeger-exporter.cjs'),
  });
  copyThrift(folder);
  writeFileSync(join(folder, 'main.cjs'), start);
  for (const [name, file] of Object.entries(entries)) await writeEntry(folder, name, file);
  const metafiles = [runtime.metafile, exporter.metafile];
  writeLicenses(root, metafiles, join(folder, 'LICENSES.txt'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return metafiles;
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
