/** The instrumentations that a function's package.json names, as a bundle has them. */
import { isBuiltin } from 'node:module';
import { isEsPackage } from '../es-packages.ts';
import { type NamedInstrumentation, namedInstrumentations } from '../function-package.ts';
import { instrumentationsIn, isOwn, loadFailure, modulesOf } from '../instrumentation-classes.ts';
import { packageFolder } from './packages.ts';

export interface BundledInstrumentations {
  named: NamedInstrumentation[];
  /** The installed packages that they patch: as they are required, so that these are no part of the bundle. */
  patched: string[];
  warnings: string[];
}

/** @param source the function's file or folder */
export function bundledInstrumentations(source: string): BundledInstrumentations {
  const bundled: BundledInstrumentations = { named: [], patched: [], warnings: [] };
  for (const each of namedInstrumentations(source)) {
    const { name, options, folder = '' } = each;
    try {
      if (options !== false && !isOwn(name)) {
        const made = instrumentationsIn(each.load(), { ...Object(options), enabled: false });
        const installed = modulesOf(made).filter(
          module => !isBuiltin(module) && packageFolder(module, folder) !== undefined,
        );
        const esOnly = installed.filter(module => isEsPackage(module, folder));
        bundled.patched.push(...installed.filter(module => !esOnly.includes(module)));
        for (const module of esOnly)
          bundled.warnings.push(
            `${module}: consists of ES modules alone, which ${name} cannot patch in a bundle`,
          );
      }
      bundled.named.push(each);
    } catch (error) {
      bundled.warnings.push(`${name}: cannot be loaded, and is left out: ${loadFailure(error)}`);
    }
  }
  return bundled;
}
