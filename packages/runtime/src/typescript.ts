/** TypeScript that Node cannot run by leaving its types out: enums, decorators, paths, imports without extensions. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Bundles a function's own sources, and none of its packages, in memory, and imports what comes of them as if it stood in
 * the source's place.
 * @throws Error with the compiler's messages
 */
export async function importBundled(source: string): Promise<Record<string, unknown>> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source],
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'inline',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  const bundled = `${pathToFileURL(source).href}?bundled`;
  registerHooks({
    load: (url, context, next) =>
      url === bundled
        ? { format: 'module', source: outputFiles[0]?.text ?? '', shortCircuit: true }
        : next(url, context),
  });
  return import(bundled);
}
