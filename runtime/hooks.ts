import { createRequire, registerHooks } from 'node:module';

const require = createRequire(import.meta.url);
const domain = new URL('./domain.ts', import.meta.url).href;

/** CommonJS packages whose instrumentation patches what `require` returns, and so would miss an `import`. */
const required = new Set(['ioredis']);

/**
 * Two things that module resolution has to do for tracing, on Node's in-thread hooks (the loader thread that
 * `module.register` starts would cost start-up time):
 * an import of an instrumented CommonJS package requires it first, so that the import finds the patched one;
 * and the framework's `domain` is ours, since Node's switches async_hooks on for the whole process.
 */
export function registerModuleHooks(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'domain') return { url: domain, format: 'module', shortCircuit: true };
      if (required.delete(specifier)) require(specifier);
      return next(specifier, context);
    },
  });
}
