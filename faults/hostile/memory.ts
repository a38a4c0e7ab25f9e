import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process under test. */
export interface Watched {
  pid: number;
}

// A module in an address, without what an option would have to quote.
const collectGarbage = "data:text/javascript,process.on('SIGUSR2',()=>gc())";

/**
 * For the environment of a process that is watched: its garbage is collected on SIGUSR2, so that what stays can be
 * measured. The heap is what V8 gives itself in a container of 192 MiB, as the functions' are: what it had for young
 * objects at its busiest, which may be 100 MiB elsewhere, it would keep for long. Nor may the C library keep what is
 * large when it is freed.
 */
export const watchable: NodeJS.ProcessEnv = {
  NODE_OPTIONS: `--expose-gc --import=${collectGarbage} --max-old-space-size=256 --max-semi-space-size=1`,
  MALLOC_MMAP_THRESHOLD_: '131072',
};

const mebibyte = 1024 * 1024;
const settleWithinMs = 20_000;

export function isAlive({ pid }: Watched): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The kernel's account of a process, in bytes; NaN where it has ended. */
function account({ pid }: Watched, name: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1_024;
  } catch {
    return Number.NaN;
  }
}

async function resident(watched: Watched): Promise<number> {
  // The first collection ends what finalizers let go of only for the second.
  for (let round = 0; round < 2; round++) {
    if (isAlive(watched)) process.kill(watched.pid, 'SIGUSR2');
    await pause(200);
  }
  return account(watched, 'VmRSS');
}

/** What each of the processes needs now, in bytes, when what can be freed is freed. */
export const level = (processes: readonly Watched[]): Promise<number[]> =>
  Promise.all(processes.map(resident));

export interface Settled {
  /** MiB, of the process where it is most. */
  grown: number;
  /** The most that a process ever needed, in MiB. */
  peak: number;
  /** Whether all have come back. */
  back: boolean;
}

/**
 * Waits until the processes are back to what they needed before.
 * @param slack what a process may have more than before, in MiB
 */
export async function settle(
  processes: readonly Watched[],
  before: readonly number[],
  slack = 20,
): Promise<Settled> {
  const deadline = performance.now() + settleWithinMs;
  for (;;) {
    const now = await level(processes);
    const grown = Math.max(...now.map((bytes, at) => bytes - (before[at] ?? 0)));
    const back = grown < slack * mebibyte;
    const peak = Math.max(...processes.map(each => account(each, 'VmHWM')));
    if (back || performance.now() > deadline) return { grown: grown / mebibyte, peak: peak / mebibyte, back };
    await pause(500);
  }
}
