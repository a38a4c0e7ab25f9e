import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isEsPackage } from './es-packages.ts';

const require = createRequire(import.meta.url);
/** A module of the runtime's, as source or compiled. */
const own = (name: string): string =>
  new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.cjs'}`, import.meta.url).href;

/** This runtime's own entries: a function's import of the package gets the copy that runs it. */
export const entries: ReadonlyMap<string, string> = new Map([
  ['@traced-functions/runtime', own('index')],
  ['@traced-functions/runtime/settings', own('setting')],
  ['@traced-functions/runtime/testing', own('testing/index')],
]);

export const framework = '@google-cloud/functions-framework';

/** The folder of the framework's compiled files, of the copy that belongs to the runtime. */
export const frameworkFolder = (): string => dirname(require.resolve(framework));

/**
 * Whatever copy of the framework a function has installed, its registrations are looked up in one: the runtime's. Its
 * internal files are reached by their paths, as its `exports` do not name them.
 * @param folder where the runtime's copy has them
 */
function frameworkUrl(specifier: string, folder: string): string | undefined {
  if (!specifier.startsWith(framework)) return undefined;
  const rest = specifier.slice(framework.length);
  const inFolder = (file: string) => pathToFileURL(folder + file).href;
  if (rest === '' || rest === '/testing') return inFolder(`${rest || '/index'}.js`);
  return rest.startsWith('/build/src/') ? inFolder(rest.slice('/build/src'.length)) : undefined;
}

/** Express requires body-parser when it is loaded, which costs a cold start milliseconds: it gets one that loads later. */
const isOfExpress = (parent = ''): boolean => /\/node_modules\/express\/lib\/express\.js$/.test(parent);
const lateBodyParser: string = own('body-parser');

/** Requires what is about to be imported, so that the import finds it patched. */
function requireFirst(specifier: string, parent = ''): void {
  try {
    const file = fileURLToPath(parent.startsWith('file:') ? parent : import.meta.url);
    if (!isEsPackage(specifier, dirname(file))) createRequire(file)(specifier);
  } catch {
    // The import says what is wrong.
  }
}

/**
 * What module resolution has to do, on Node's in-thread hooks (the loader thread that `module.register` starts would cost
 * start-up time): an import of an instrumented package or module requires it first, so that the import finds the patched
 * one; the framework and this package are those that run the function; and Express gets a late body-parser.
 * @param patched the modules that instrumentations patch when they are required
 */
export function registerModuleHooks(patched: readonly string[] = []): void {
  const folder = frameworkFolder();
  const instrumented = new Set(patched.flatMap(name => (isBuiltin(name) ? [name, `node:${name}`] : name)));
  registerHooks({
    resolve(specifier, context, next) {
      const late = specifier === 'body-parser' && isOfExpress(context.parentURL) ? lateBodyParser : undefined;
      const url = late ?? entries.get(specifier) ?? frameworkUrl(specifier, folder);
      if (url !== undefined) return { url, shortCircuit: true };
      // A `require` needs no other before it, and would find itself here again.
      if (instrumented.has(specifier) && !context.conditions.includes('require'))
        requireFirst(specifier, context.parentURL);
      return next(specifier, context);
    },
  });
}
