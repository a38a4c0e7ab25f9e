/**
 * Packages that consist of ES modules alone: no `require` can patch their exports, which are read-only. The hooks of
 * import-in-the-middle wrap them; these take 11 ms of a start, and are loaded for such packages only.
 */
import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NamedInstrumentation } from './function-package.ts';
import { loadFailure } from './instrumentation-classes.ts';
import { log } from './log.ts';

/** Whether what a folder's modules import under a name is an ES module, and there is nothing else to require. */
export function isEsPackage(name: string, folder: string): boolean {
  if (isBuiltin(name)) return false;
  try {
    const file = createRequire(join(folder, 'package.json')).resolve(name);
    if (!file.endsWith('.js')) return file.endsWith('.mjs');
    const manifest = findPackageJSON(pathToFileURL(file));
    return manifest !== undefined && JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
  } catch (error) {
    // It has a main file for `import` alone.
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

interface ImportHooks {
  register(options: { include: readonly string[] }): void;
}

/** Hooks the imports of packages, with the copy of import-in-the-middle that an instrumentation registers them with. */
function hookImports(name: string, folder: string, include: readonly string[]): void {
  try {
    const own = createRequire(join(folder, 'package.json')).resolve(name);
    const base = createRequire(own).resolve('@opentelemetry/instrumentation');
    const hooks: ImportHooks = createRequire(base)('import-in-the-middle/register-hooks.mjs');
    hooks.register({ include });
  } catch (error) {
    log.warning('packages that consist of ES modules alone are not patched', {
      instrumentation: name,
      packages: include,
      reason: loadFailure(error),
    });
  }
}

/** @param patches what an instrumentation of the function's patches */
export function hookEsPackages({ name, folder }: NamedInstrumentation, patches: readonly string[]): void {
  if (folder === undefined) return;
  const include = patches.filter(each => isEsPackage(each, folder));
  if (include.length > 0) hookImports(name, folder, include);
}
