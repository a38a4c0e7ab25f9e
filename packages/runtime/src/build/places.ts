/** Where the runtime has what goes into a bundle: TypeScript in a clone, the same as JavaScript modules in the package. */
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(import.meta.url);

/** The runtime's own module of a name, such as `main`. */
export const runtimeModule = (name: string): string => join(dirname(here), '..', `${name}${extname(here)}`);

/** A file beside this one that is copied as it is. */
export const buildFile = (name: string): string => join(dirname(here), name);

/** A file of the package's own folder. */
export const packageFile = (name: string): string => join(dirname(here), '../..', name);

/** The path from a folder to a file in it; undefined for one elsewhere. */
export function pathInside(folder: string, file: string): string | undefined {
  const path = relative(folder, file);
  return path === '' || path.startsWith('..') || path.startsWith('/') ? undefined : path;
}
