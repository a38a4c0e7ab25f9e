/** Makes a function's folder into what its image has. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as esbuild } from 'esbuild';
import { type Bundled, type BundleOptions, bundle, common, sourceFolder } from './bundle.ts';
import { writeDockerfile } from './image/dockerfile.ts';
import { copyIncluded } from './include.ts';
import { writeLicenses } from './licenses.ts';
import { makeOutFolder } from './out-folder.ts';
import { buildFile, isSource, packageFile, runtimeModule } from './places.ts';
import { type WarmUp, warmUpRequest } from './warm-up.ts';

export interface BuildOptions extends Pick<BundleOptions, 'external' | 'plugins'> {
  /** The function's module or the folder that has it. */
  source: string;
  /** Where the bundle goes; what an earlier build left there is deleted. */
  out?: string | undefined;
  /** The function that an image runs unless told, and that warm-up requests call. */
  target?: string | undefined;
  signatureType?: string | undefined;
  /** Requests that warm the code cache up, as `warmUpRequest` reads them; without any the function is not called. */
  warm?: readonly string[];
  /** A module whose default export prepares the warm-up, and returns `{ env, close }`. */
  warmSetup?: string | undefined;
  /** Variables of the function's, in its image and while it is warmed up. */
  env?: Record<string, string>;
  /** Patterns of further files of the folder's. */
  include?: readonly string[];
  /** Whether V8's code is kept beside the bundle; an image's is made while it is built. */
  codeCache?: boolean;
}

export interface Built extends Bundled {
  /** The bundle's folder: `node main.cjs` runs the function, and `docker build` makes an image of it. */
  folder: string;
}

/** Puts beside the bundle what makes its code cache. */
export async function writeWarmUp(folder: string, warmUp: WarmUp, setup: string | undefined): Promise<void> {
  const warmUpFolder = join(folder, '.warm-up');
  mkdirSync(warmUpFolder);
  writeFileSync(join(warmUpFolder, 'warm-up.json'), JSON.stringify(warmUp, undefined, 2));
  copyFileSync(buildFile('record.cjs'), join(warmUpFolder, 'record.cjs'));
  const entryPoints = {
    main: runtimeModule('build/code-cache-main'),
    ...(setup === undefined ? {} : { setup }),
  };
  await esbuild({
    ...common,
    plugins: [],
    entryPoints,
    outdir: warmUpFolder,
    outExtension: { '.js': '.cjs' },
    define: { 'import.meta.dirname': '__dirname' },
  });
}

/** Runs what `writeWarmUp` wrote, as the image's build does; its warnings go to stderr. */
export async function warmUp(folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(folder, '.warm-up/main.cjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await once(child, 'exit');
}

/**
 * Bundles a function, with its code cache and what makes an image of it.
 * @throws BuildError for what the caller can change
 * @throws ConfigError where the folder has no module
 */
export async function build(options: BuildOptions): Promise<Built> {
  const { target, signatureType, warm = [], warmSetup, external = [], include = [], plugins = [] } = options;
  // esbuild names files by their real paths.
  const source = existsSync(options.source) ? realpathSync(options.source) : resolve(options.source);
  const folder = resolve(options.out ?? join(sourceFolder(source), 'dist'));
  const requests = warm.map(warmUpRequest);
  const env = {
    ...(target === undefined ? {} : { FUNCTION_TARGET: target }),
    ...(signatureType === undefined ? {} : { FUNCTION_SIGNATURE_TYPE: signatureType }),
    ...options.env,
  };
  makeOutFolder(folder, source);
  const bundled = await bundle({ source, folder, external, plugins });
  copyIncluded(include, sourceFolder(source), folder);
  const runtimes = isSource ? undefined : packageFile('dist/LICENSES.txt');
  writeLicenses(bundled.packages, join(folder, 'LICENSES.txt'), runtimes);
  await writeWarmUp(folder, { env, requests }, warmSetup);
  writeDockerfile(folder, { env });
  if (options.codeCache !== false) await warmUp(folder);
  return { folder, ...bundled };
}
