import { cpSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from './error.ts';
import { pathInside } from './places.ts';

/**
 * Copies the files of a function's folder that it reads when it runs to the same places in its bundle's folder.
 * @throws BuildError for a pattern that matches no file
 */
export function copyIncluded(patterns: readonly string[], source: string, folder: string): void {
  for (const pattern of patterns) {
    const files = globSync(pattern, { cwd: source }).filter(file => {
      const path = join(source, file);
      const isOwn = path === folder || pathInside(folder, path) !== undefined;
      return !isOwn && pathInside(source, path) !== undefined && statSync(path).isFile();
    });
    if (files.length === 0) throw new BuildError(`--include ${pattern}: matches no file in ${source}`);
    for (const file of files) cpSync(join(source, file), join(folder, file));
  }
}
