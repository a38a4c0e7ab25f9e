import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The lines of a record that is there; none where it is not. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Notes in a file, as `IMAGE CONTENT`, which content an image's name now stands for. scripts/deploy reads it, since Knative
 * makes no new Revision for an image that was built again under the same tag.
 */
export function record(file: string, image: string, content: string): void {
  const others = linesOf(file).filter(line => !line.startsWith(`${image} `));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    [...others, `${image} ${content}`]
      .sort()
      .map(line => `${line}\n`)
      .join(''),
  );
}
