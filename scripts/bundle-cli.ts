/**
 * Makes what the package of `traced` holds: cli/dist/, JavaScript for Node 20 with all that it needs in it, the page
 * too. `npm pack ./cli` runs this first.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { writePrebuilt } from '../page/prebuilt.ts';
import { writeLicenses } from './bundle/licenses.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'cli/dist');

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { traced: 'cli/main.ts' },
  outdir: folder,
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
});
await writePrebuilt(pathToFileURL(`${join(folder, 'page')}/`));
// Only for the names of the packages that are in the page.
const page = await build({
  absWorkingDir: root,
  entryPoints: ['page/src/main.tsx'],
  tsconfig: 'page/tsconfig.json',
  bundle: true,
  write: false,
  outdir: folder,
  metafile: true,
  logLevel: 'silent',
});
writeLicenses(root, [metafile, page.metafile], join(folder, 'LICENSES.txt'));
copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
