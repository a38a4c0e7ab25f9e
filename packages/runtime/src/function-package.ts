/** What the package.json of a function says of its instrumentations. In a bundle its place is taken by what it said. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** An instrumentation's options, or `false` for one that is switched off. */
export type InstrumentationOptions = Record<string, unknown> | boolean;

export interface NamedInstrumentation {
  /** The package's name. */
  name: string;
  options: InstrumentationOptions;
  /** The folder of the package.json; none in a bundle. */
  folder?: string;
  /** Loads the package as the function would. */
  load(): Record<string, unknown>;
}

interface Manifest {
  dependencies?: Record<string, string>;
  'traced-functions'?: { instrumentations?: Record<string, InstrumentationOptions> };
}

function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** `@opentelemetry/instrumentation-pg`, `@prisma/instrumentation`; not what they are made with, nor collections of them. */
const isInstrumentation = (name: string): boolean =>
  name !== '@opentelemetry/instrumentation' && /(^|[/-])instrumentation(-|$)/.test(name);

/**
 * Finds the instrumentations that a function's package.json names, among its dependencies or under
 * `"traced-functions": { "instrumentations": { ... } }`. It is the nearest one that names either: compilers write some
 * that only say of which module system their output is.
 * @param source a file or a folder
 */
export function namedInstrumentations(source: string): NamedInstrumentation[] {
  for (let folder = resolve(source); ; folder = dirname(folder)) {
    const { dependencies, 'traced-functions': own } = readManifest(folder) ?? {};
    if (dependencies !== undefined || own !== undefined) {
      const options = own?.instrumentations ?? {};
      const names = new Set([
        ...Object.keys(dependencies ?? {}).filter(isInstrumentation),
        ...Object.keys(options),
      ]);
      const require = createRequire(join(folder, 'package.json'));
      return [...names].map(name => ({
        name,
        options: options[name] ?? true,
        folder,
        load: () => require(name),
      }));
    }
    if (folder === dirname(folder)) return [];
  }
}
