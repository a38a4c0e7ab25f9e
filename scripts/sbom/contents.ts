import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { manifestIn, packagesIn } from '../bundle/licenses.ts';
import { bundleFunction } from '../bundle.ts';
import { bundleCommand } from '../bundle-cli.ts';
import { functionNames } from '../function-names.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each package, by `name@version`, is in: `image alpha`, `command traced`. */
export type Contents = Map<string, string[]>;

/** Makes all that is shipped, in a folder, and returns which packages' code it has in it. */
export async function contents(folder: string): Promise<Contents> {
  const packages: Contents = new Map();
  const add = (place: string, metafiles: Metafile[]) => {
    const manifests = packagesIn(metafiles).map(each => manifestIn(join(root, each)));
    for (const id of new Set(manifests.map(({ name, version }) => `${name}@${version}`)))
      packages.set(id, [...(packages.get(id) ?? []), place]);
  };
  for (const name of functionNames()) add(`image ${name}`, await bundleFunction(name, join(folder, name)));
  add('command traced', await bundleCommand(join(folder, 'traced')));
  return packages;
}
