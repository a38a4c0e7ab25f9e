/**
 * Makes what the package of the runtime holds: packages/runtime/dist/, JavaScript for Node 22 with its own code and
 * OpenTelemetry's in it. `npm pack ./packages/runtime` runs this first.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { leanPlugins } from './bundle/lean.ts';
import { writeLicenses } from './bundle/licenses.ts';

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

/**
 * @param folder where to; what is there is removed
 * @returns what esbuild says is in it
 */
export async function packRuntime(folder: string): Promise<Metafile> {
  rmSync(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'packages/runtime/src/main.ts',
      index: 'packages/runtime/src/index.ts',
      setting: 'packages/runtime/src/setting.ts',
      'body-parser': 'packages/runtime/src/body-parser.ts',
    },
    outdir: folder,
    bundle: true,
    // One copy of what the command and a function's import of the package have in common.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: external.flatMap(name => [name, `${name}/*`]),
    plugins: leanPlugins,
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
    },
    metafile: true,
    legalComments: 'none',
    logLevel: 'warning',
  });
  writeLicenses(root, [metafile], join(folder, 'LICENSES.txt'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return metafile;
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
