import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { registerModuleHooks } from './hooks.ts';
import { ConfigError } from './setting.ts';
import type { Config } from './settings.ts';

/** Files that a folder's function may be in, besides what its package.json names: the framework's, and TypeScript's. */
const mainFiles = ['', 'function.js', 'index.mjs', 'index.ts', 'function.ts', 'src/index.ts'];

/** The module that a source names: a file, or a folder's main file. */
export function modulePath(source: string): string {
  const require = createRequire(import.meta.url);
  const folder = resolve(source);
  for (const file of mainFiles) {
    try {
      return require.resolve(join(folder, file));
    } catch {
      // The next one may be there.
    }
  }
  throw new ConfigError(
    `FUNCTION_SOURCE: ${source || 'this folder'} has no module to load; name a file, or a folder with package.json's ` +
      `"main", index.js or function.js`,
  );
}

/** Syntax and imports that Node does not take as they are, but that a bundler does. */
const needsBundling = new Set([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_MODULE_NOT_FOUND',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'MODULE_NOT_FOUND',
]);

/** Whether a bundler may make of a source what Node does not take. */
function isForBundler(error: NodeJS.ErrnoException): boolean {
  if (needsBundling.has(error.code ?? '')) return true;
  // What is TypeScript's in either module system, such as decorators and ES module syntax in a package of CommonJS.
  return error instanceof SyntaxError;
}

/** Requires what can be required, ES modules too: of a small function that is milliseconds faster than to import it. */
async function requireOrImport(path: string): Promise<Record<string, unknown>> {
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    return import(pathToFileURL(path).href);
  }
}

async function importModule(path: string): Promise<Record<string, unknown>> {
  try {
    return await requireOrImport(path);
  } catch (error) {
    if (!/\.[cm]?tsx?$/.test(path) || !isForBundler(error as Error)) throw error;
    const { importBundled } = await import('./typescript.ts');
    return importBundled(path);
  }
}

/**
 * Loads the module that registers or exports the function. In a bundle its place is taken by that module.
 * @param patched the modules that instrumentations patch when they are required
 * @throws ConfigError where there is none
 */
export function loadModule(
  { functionSource }: Config,
  patched: readonly string[],
): Promise<Record<string, unknown>> {
  registerModuleHooks(patched);
  return importModule(modulePath(functionSource));
}
