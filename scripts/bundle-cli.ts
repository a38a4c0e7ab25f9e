/**
 * Makes what the package of `traced` has: packages/traced/dist/, JavaScript for Node 20 with all that it needs in it, the page
 * too. `npm pack ./packages/traced` runs this first.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { packagesIn, writeLicenses } from '../packages/runtime/src/build/licenses.ts';
import { writePrebuilt } from '../packages/traced/src/page/prebuilt.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const command = {
  absWorkingDir: root,
  entryPoints: {
    traced: 'packages/traced/src/cli/main.ts',
    'decode-worker': 'packages/traced/src/dev/traces/decode-worker.ts',
  },
  bundle: true,
  // A command's code is a file of its own, loaded when that command is run.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Builds the page in a clone; here the page is built already.
  external: ['esbuild'],
  // commander is CommonJS, and requires what Node has.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** Only for the names of the packages that are in the page. */
const page = {
  absWorkingDir: root,
  entryPoints: ['packages/traced/src/page/src/main.tsx'],
  tsconfig: 'packages/traced/src/page/tsconfig.json',
  bundle: true,
  write: false,
  metafile: true,
  logLevel: 'silent',
} satisfies BuildOptions;

/**
 * @param folder where to; what is there is removed
 * @returns the folders of the packages whose code is in it
 */
export async function bundleCommand(folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  const metafiles = [
    (await build({ ...command, outdir: folder })).metafile,
    (await build({ ...page, outdir: folder })).metafile,
  ];
  await writePrebuilt(pathToFileURL(`${join(folder, 'page')}/`));
  const packages = packagesIn(metafiles, root);
  writeLicenses(packages, join(folder, 'LICENSES.txt'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  return packages;
}

if (import.meta.main) await bundleCommand(join(root, 'packages/traced/dist'));
