/** How `traced dev send` finds the dev servers of this user that run: a file each, in a folder that only the user reads. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunningServer {
  pid: number;
  /** The folder that it serves. */
  folder: string;
  /** The functions' ports. */
  ports: Record<string, number>;
}

const uid = process.getuid?.() ?? 0;
const place = (): string => join(tmpdir(), `traced-dev-${uid}`);

/** Others can write to the folder of temporary files, too. */
function isOwn(): boolean {
  const stats = lstatSync(place(), { throwIfNoEntry: false });
  return stats?.isDirectory() === true && (process.getuid === undefined || stats.uid === uid);
}

/**
 * Notes that a server runs; without harm where it cannot be noted.
 * @returns what forgets it
 */
export function noteRunning(server: RunningServer): () => void {
  const file = join(place(), `${server.pid}.json`);
  try {
    mkdirSync(place(), { mode: 0o700, recursive: true });
    if (!isOwn()) return () => {};
    writeFileSync(file, JSON.stringify(server), { mode: 0o600 });
  } catch {
    return () => {};
  }
  return () => {
    try {
      rmSync(file, { force: true });
      rmdirSync(place());
    } catch {
      // Another server's file is there.
    }
  };
}

const isAlive = ({ pid }: RunningServer): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

export function runningServers(): RunningServer[] {
  if (!isOwn()) return [];
  return readdirSync(place())
    .flatMap(file => {
      try {
        return [JSON.parse(readFileSync(join(place(), file), 'utf8')) as RunningServer];
      } catch {
        return [];
      }
    })
    .filter(isAlive);
}
