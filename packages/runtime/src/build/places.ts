/** Where the runtime has what goes into a bundle: TypeScript in a clone, bundles that scripts/pack-runtime.ts made in the package. */
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);

/** Whether this is a clone, not the package. */
export const isSource = extname(here) === '.ts';

/** A module of the runtime's, such as `index`. */
export const runtimeModule = (name: string): string =>
  join(dirname(here), '..', `${name}${isSource ? '.ts' : '.cjs'}`);

/** What starts the runtime in a bundle. */
export const runtimeMain: string = runtimeModule(isSource ? 'main' : 'bundle/main');

/** The exporter to a Jaeger agent, as CommonJS: in strict mode, as of an ES module, its packages fail. */
export const agentExporter: string = isSource
  ? createRequire(import.meta.url).resolve('@opentelemetry/exporter-jaeger')
  : runtimeModule('jaeger-exporter');

/** What measures: OpenTelemetry's metrics SDK, as ES modules, of which what it does not use is left out. */
export const metricsModule: string = isSource
  ? fileURLToPath(import.meta.resolve('@opentelemetry/sdk-metrics'))
  : runtimeModule('metrics-sdk');

/** A file beside this one that is copied as it is. */
export const buildFile = (name: string): string => join(dirname(here), name);

/** A file of the package's own folder. */
export const packageFile = (name: string): string => join(dirname(here), '../..', name);

/** The path from a folder to a file in it; undefined for one elsewhere. */
export function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  return path === '' || path.startsWith('..') || path.startsWith('/') ? undefined : path;
}
