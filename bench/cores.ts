/** Which core does what, so that the load does not take time from the server that it measures. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export interface Cores {
  all: readonly number[];
  /** The server's own; undefined where processes can't be pinned. */
  server: number | undefined;
  load: number | undefined;
  /** The load's too, where there are only two. */
  collector: number | undefined;
}

/** Reads Linux's lists of cores: `0-3,8`. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap(part => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

export function chooseCores(all: readonly number[]): Cores {
  const [server, load, collector = load] = all;
  if (load === undefined) return { all, server: undefined, load: undefined, collector: undefined };
  return { all, server, load, collector };
}

function availableCores(): number[] {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    const status = readFileSync('/proc/self/status', 'utf8');
    return parseCoreList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '');
  } catch {
    return [];
  }
}

/** Chooses the cores and puts this process, which sends the load, on its own. */
export function takeCores(): Cores {
  const cores = chooseCores(availableCores());
  if (cores.load !== undefined) {
    execFileSync('taskset', ['-a', '-c', '-p', String(cores.load), String(process.pid)], { stdio: 'ignore' });
  }
  return cores;
}

/** A command that runs on that core alone. */
export const onCore = (core: number | undefined, command: readonly string[]): string[] =>
  core === undefined ? [...command] : ['taskset', '-c', String(core), ...command];

/** A command that is not bound to the core that this process is on. */
export const onAllCores = ({ all, load }: Cores, command: readonly string[]): string[] =>
  load === undefined ? [...command] : ['taskset', '-c', all.join(','), ...command];

export function describeCores({ server, load, collector }: Cores): string {
  if (server === undefined)
    return `not pinned (${availableParallelism()} cores, no taskset or one core only)`;
  return `server on ${server}, load on ${load}, collector on ${collector}`;
}
