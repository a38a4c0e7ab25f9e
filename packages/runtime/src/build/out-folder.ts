import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BuildError } from './error.ts';
import { pathInside } from './places.ts';

/** A bundle's folder has it, and no folder that somebody else has made. */
export const mark = '.traced-functions-build';

/**
 * Makes a bundle's folder, without what an earlier build left in it.
 * @param source the function's folder, which is never emptied
 * @throws BuildError where the folder has files that no build has made
 */
export function makeOutFolder(folder: string, source: string): void {
  if (resolve(folder) === resolve(source) || pathInside(folder, source) !== undefined)
    throw new BuildError(`--out ${folder}: contains the function's own folder; name another folder`);
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new BuildError(`--out ${folder}: is a file; name a folder`);
    if (readdirSync(folder).length > 0 && !existsSync(join(folder, mark)))
      throw new BuildError(
        `--out ${folder}: has files that traced-functions build did not make, and would delete; name another folder by --out`,
      );
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, mark),
    'Made by traced-functions build, which deletes this folder when it builds again.\n',
  );
}
