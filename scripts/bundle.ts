/** The exercise's bundles: `npm run bundle [-- FUNCTION...]` writes dist/<function>/, from which its image is built. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Built, build } from '../packages/runtime/src/build/build.ts';
import { functionNames } from './function-names.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The second request finds what the first one has left, such as a connection. */
const warm = ['GET:/', 'GET:/all'];
const warmSetup = fileURLToPath(new URL('./warm-up.ts', import.meta.url));

/** The exercise's spans go to the Jaeger that jaeger/ installs. */
export const exporter = {
  OTEL_TRACES_EXPORTER: 'jaeger',
  OTEL_EXPORTER_JAEGER_ENDPOINT: 'http://jaeger-collector.observability.svc.cluster.local:14268/api/traces',
};

/**
 * Makes a function's folder anew.
 * @param folder where to; what an earlier build left there is deleted
 * @param source the module that registers the function, for one that is not functions/<name>
 */
export const bundleFunction = (
  name: string,
  folder: string,
  source = join(root, 'functions', name, 'index.ts'),
  codeCache = true,
): Promise<Built> => build({ source, out: folder, target: name, warm, warmSetup, env: exporter, codeCache });

if (import.meta.main) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : functionNames();
  for (const name of names) {
    await bundleFunction(name, join(root, 'dist', name));
    console.error(`bundled ${name}`);
  }
}
