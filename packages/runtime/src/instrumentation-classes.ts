/** What a package exports of instrumentations, and what these patch. */
import { isAbsolute } from 'node:path';
import type { Instrumentation } from '@opentelemetry/instrumentation';

/** Whether the runtime has it: a package.json that names it may have options for it. */
export const isOwn = (name: string): boolean =>
  /^@opentelemetry\/instrumentation-(http|ioredis|undici)$/.test(name);

type InstrumentationClass = new (options: Record<string, unknown>) => Instrumentation;

/** Every instrumentation extends a class of `@opentelemetry/instrumentation`, of a copy that may be its own. */
function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  const prototype = typeof value === 'function' ? value.prototype : undefined;
  return typeof prototype?.enable === 'function' && typeof prototype.setTracerProvider === 'function';
}

/**
 * Makes the instrumentations that a package exports; each is enabled as it is made, unless its options say not.
 * @throws Error where there is none
 */
export function instrumentationsIn(
  exported: Record<string, unknown>,
  options: Record<string, unknown>,
): Instrumentation[] {
  const classes = new Set(Object.values(exported).filter(isInstrumentationClass));
  if (classes.size === 0) throw new Error('the package exports no instrumentation');
  return [...classes].map(each => new each(options));
}

interface WithModules extends Instrumentation {
  getModuleDefinitions(): { name: string }[];
}

/** The names of the modules that instrumentations patch. */
export function modulesOf(instrumentations: readonly Instrumentation[]): string[] {
  const names = instrumentations.flatMap(each =>
    'getModuleDefinitions' in each
      ? (each as WithModules).getModuleDefinitions().map(({ name }) => name)
      : [],
  );
  return [...new Set(names.filter(name => !isAbsolute(name)))];
}

/** Why a package could not be loaded: Node adds the files that led to a module that is not there. */
export const loadFailure = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
