/** Packages that stay apart from the bundle: where they are, and how they get into its folder. */
import { cpSync, existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface PackageJson {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** The real folder of an installed package, as Node looks for it from a folder upwards; undefined where there is none. */
export function packageFolder(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return realpathSync(found);
    if (folder === dirname(folder)) return undefined;
  }
}

const neededBy = (folder: string): string[] => {
  const { dependencies, optionalDependencies, peerDependencies }: PackageJson = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
};

/** Copies packages, with all that they depend on, into a folder's node_modules. */
export class PackageCopies {
  readonly #folder: string;
  /** The copies, each by where it stands. */
  readonly #copied = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folders that packages were copied from. */
  get sources(): string[] {
    return [...new Set(this.#copied.values())];
  }

  /**
   * @param from the folder that Node would look from
   * @param parents where the copies stand that depend on this one, from the bundle's folder on
   * @returns whether it is installed
   */
  copy(name: string, from: string, parents: readonly string[] = [this.#folder]): boolean {
    const source = packageFolder(name, from);
    if (source === undefined) return false;
    const found = parents
      .toReversed()
      .flatMap(parent => this.#copied.get(join(parent, 'node_modules', name)) ?? []);
    if (found[0] === source) return true;
    // At the top, unless it is below its parent where it comes from, or another version is there already.
    const top = join(this.#folder, 'node_modules', name);
    const isNested = parents.length > 1 && source === join(from, 'node_modules', name);
    const place = isNested || this.#copied.has(top) ? join(parents.at(-1) ?? '', 'node_modules', name) : top;
    this.#copied.set(place, source);
    const nested = join(source, 'node_modules');
    cpSync(source, place, { recursive: true, dereference: true, filter: path => path !== nested });
    for (const each of neededBy(source)) this.copy(each, source, [...parents, place]);
    return true;
  }
}
