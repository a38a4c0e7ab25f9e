/** Gives a process a share of a core, as a container's CPU limit does. */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Kubernetes has by default, in ms. */
const periodMs = 100;

export interface Quota {
  /** How it is done. */
  description: string;
  /** The command, within the quota from its first instruction on. */
  command(command: readonly string[]): string[];
  /** To be called with the process that the command has become. */
  watch(child: ChildProcess): void;
  /** Removes what was made for it; all its processes must have ended. */
  close(): void;
}

export const noQuota: Quota = {
  description: 'a whole core',
  command: command => [...command],
  watch: () => undefined,
  close: () => undefined,
};

function cgroup(folder: string, description: string, limits: Record<string, string>): Quota | undefined {
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  const close = () => rmdirSync(folder);
  try {
    if (!Object.keys(limits).every(file => existsSync(join(folder, file)))) throw new Error('no such limit');
    for (const [file, limit] of Object.entries(limits)) writeFileSync(join(folder, file), limit);
  } catch {
    close();
    return undefined;
  }
  return {
    description,
    // The shell puts itself there and becomes the command, which so begins inside.
    command: command => ['sh', '-c', 'echo $$ > "$0"; exec "$@"', join(folder, 'cgroup.procs'), ...command],
    watch: () => undefined,
    close,
  };
}

/** Runs a process for its share of each period and stops it for the rest. */
function dutyCycle(share: number): Quota {
  const runMs = periodMs * share;
  return {
    description: `SIGSTOP and SIGCONT, ${runMs} of each ${periodMs} ms`,
    command: command => [...command],
    watch(child) {
      const resume = () => {
        child.kill('SIGCONT');
        timer = setTimeout(halt, runMs);
      };
      const halt = () => {
        child.kill('SIGSTOP');
        timer = setTimeout(resume, periodMs - runMs);
      };
      let timer = setTimeout(halt, runMs);
      child.once('exit', () => clearTimeout(timer));
    },
    close: () => undefined,
  };
}

/**
 * A share of one core, by the first that works here: cgroup v2, cgroup v1, signals.
 * @param share between 0 and 1
 */
export function takeQuota(share: number, root = '/sys/fs/cgroup'): Quota {
  const name = `traced-functions-bench-${process.pid}`;
  const [quotaUs, periodUs] = [periodMs * 1_000 * share, periodMs * 1_000];
  const v2 = { 'cpu.max': `${quotaUs} ${periodUs}` };
  const v1 = { 'cpu.cfs_period_us': String(periodUs), 'cpu.cfs_quota_us': String(quotaUs) };
  return (
    cgroup(join(root, name), `cgroup v2, cpu.max ${v2['cpu.max']}`, v2) ??
    cgroup(join(root, 'cpu', name), `cgroup v1, cpu.cfs_quota_us ${quotaUs} of ${periodUs}`, v1) ??
    dutyCycle(share)
  );
}
