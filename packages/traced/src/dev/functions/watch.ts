/** Watches a folder and all folders in it, whatever comes, goes and comes anew. */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { basename, join } from 'node:path';

/** How often it is looked whether a watched folder that was deleted is there again, ms. */
const lookAgainMs = 50;

interface Watched {
  watcher: FSWatcher;
  /** The folder's inode: another folder may have taken its place. */
  inode: number;
}

const isSkipped = (name: string): boolean =>
  name === 'node_modules' || (name.startsWith('.') && name !== '.env');

function inodeOf(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() ? stats.ino : undefined;
}

/**
 * One watcher a folder: Node's recursive one misses what is written to a folder that has just been made. Hidden files
 * and folders but `.env`, and node_modules, are not watched.
 */
export class FolderWatch {
  readonly #root: string;
  readonly #changed: (path: string) => void;
  readonly #failed: (error: Error) => void;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;

  /** @param changed gets the path of what was written, made or deleted, perhaps several times */
  constructor(root: string, changed: (path: string) => void, failed: (error: Error) => void) {
    this.#root = root;
    this.#changed = changed;
    this.#failed = failed;
    this.#add(root);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#remove(this.#root);
  }

  #add(folder: string): void {
    const inode = inodeOf(folder);
    if (inode === undefined) return;
    try {
      // Before it is read, so that nothing is made unseen in between.
      const watcher = watch(folder, (type, name) => this.#onEvent(folder, type, name));
      watcher.on('error', () => this.#checkAgain(folder));
      this.#watched.set(folder, { watcher, inode });
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory() && !isSkipped(entry.name)) this.#add(join(folder, entry.name));
      }
    } catch (error) {
      // It may have gone while it was looked at.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#failed(error as Error);
    }
  }

  #remove(folder: string): void {
    for (const [path, { watcher }] of this.#watched) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      this.#watched.delete(path);
    }
  }

  #onEvent(folder: string, type: string, name: string | null): void {
    if (name !== null && isSkipped(name)) return;
    const path = name === null ? folder : join(folder, name);
    if (type === 'rename') {
      // By its own name it is reported that the folder itself was deleted or moved; a new one may have its inode.
      if (name === basename(folder)) this.#remove(folder);
      this.#checkAgain(path);
      this.#checkAgain(folder);
    }
    this.#changed(path);
  }

  /** Where a folder is a new one, has just been made, or has gone. */
  #checkAgain(path: string): void {
    const inode = inodeOf(path);
    if (this.#watched.get(path)?.inode === inode) return;
    this.#remove(path);
    if (inode !== undefined) this.#add(path);
    else if (path === this.#root) this.#awaitRoot();
  }

  #awaitRoot(): void {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => {
      if (inodeOf(this.#root) === undefined) return;
      clearInterval(this.#timer);
      this.#add(this.#root);
      this.#changed(this.#root);
    }, lookAgainMs);
    this.#timer.unref();
  }
}
