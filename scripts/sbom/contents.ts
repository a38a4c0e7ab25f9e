import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestIn } from '../../packages/runtime/src/build/licenses.ts';
import { bundleFunction } from '../bundle.ts';
import { bundleCommand } from '../bundle-cli.ts';
import { functionNames } from '../function-names.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each package, by `name@version`, is in: `image alpha`, `command traced`. */
export type Contents = Map<string, string[]>;

/** Makes all that is shipped, in a folder, and returns which packages' code it has in it. */
export async function contents(folder: string): Promise<Contents> {
  const packages: Contents = new Map();
  const add = (place: string, folders: string[]) => {
    const manifests = folders.map(manifestIn);
    for (const id of new Set(manifests.map(({ name, version }) => `${name}@${version}`)))
      packages.set(id, [...(packages.get(id) ?? []), place]);
  };
  for (const name of functionNames())
    add(`image ${name}`, (await bundleFunction(name, join(folder, name))).packages);
  add('command traced', await bundleCommand(join(folder, 'traced')));
  return packages;
}
