/** Files that the command writes: whole under their name, or not at all. */
import { randomUUID } from 'node:crypto';
import { rmSync, type Stats } from 'node:fs';
import { access, chmod, constants, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from './input-error.ts';
import { systemReason } from './system-reasons.ts';

/**
 * Writes a file beside the one of that name and puts it in its place when it is whole; a device or a pipe is written
 * to as it is.
 * @throws InputError where it cannot be written; a file that was there is unchanged
 */
export async function writeWhole(path: string, content: string): Promise<void> {
  try {
    const stats = await statsOf(path);
    if (stats === undefined || stats.isFile()) await replace(path, content, stats);
    else await writeFile(path, content);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'there is no such folder' : systemReason(error as NodeJS.ErrnoException);
    throw new InputError(`${path} cannot be written: ${reason}`);
  }
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replace(path: string, content: string, stats: Stats | undefined): Promise<void> {
  // A link stays one, and a file that must not be written is not replaced either.
  const target = stats === undefined ? path : await realpath(path);
  if (stats !== undefined) await access(target, constants.W_OK);
  const temporary = join(dirname(target), `.traced-${randomUUID()}.tmp`);
  const remove = () => rmSync(temporary, { force: true });
  // Ctrl-C exits at once.
  process.once('exit', remove);
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    if (stats !== undefined) await chmod(temporary, stats.mode);
    await rename(temporary, target);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
