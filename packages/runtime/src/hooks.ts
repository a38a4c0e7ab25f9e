import { createRequire, registerHooks } from 'node:module';

const require = createRequire(import.meta.url);
const own = (file: string): URL => new URL(file, import.meta.url);

/** What the framework gets in the place of modules that it needs little of, and that cost much; in a bundle too. */
export const replaced: ReadonlyMap<string, URL> = new Map([
  ['domain', own('./domain.ts')],
  ['body-parser', own('./body-parser.ts')],
]);

/** This runtime's own entries: a function's import of the package gets the copy that runs it. */
export const entries: ReadonlyMap<string, URL> = new Map([
  ['@traced-functions/runtime', own('./index.ts')],
  ['@traced-functions/runtime/settings', own('./setting.ts')],
]);

/** What is patched when it is required, so that an `import` alone would be missed. */
const required = new Set(['ioredis', 'https', 'node:https']);

/**
 * Three things that module resolution has to do, on Node's in-thread hooks (the loader thread that `module.register`
 * starts would cost start-up time): an import of an instrumented package or module requires it first, so that the import
 * finds the patched one; the framework's `domain` and `body-parser` are ours: Node's `domain` switches async_hooks on
 * for the whole process, and no request here has a body; and the runtime is the one that runs.
 */
export function registerModuleHooks(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = (replaced.get(specifier) ?? entries.get(specifier))?.href;
      if (url !== undefined) return { url, shortCircuit: true };
      if (required.delete(specifier)) require(specifier);
      return next(specifier, context);
    },
  });
}
