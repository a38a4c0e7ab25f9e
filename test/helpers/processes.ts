import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
}

// Where there is no /proc, whoever has ended was waited for by its parent.
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when a process has ended; rejects after 15 s. There is no event for one that is not our child. */
export async function untilGone(pid: number): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} is still there`);
    await pause(10);
  }
}

/** All processes whose environment has this entry, by /proc. */
export function processesWith(entry: string): number[] {
  return processesWhere(pid => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry));
}

/** All processes that work in this folder or below, by /proc; also when the folder has been removed. */
export function processesIn(folder: string): number[] {
  return processesWhere(pid => readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`));
}

function processesWhere(holds: (pid: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return holds(pid);
      } catch {
        // It ended meanwhile, or belongs to somebody else.
        return false;
      }
    })
    .map(Number)
    .filter(isAlive);
}
