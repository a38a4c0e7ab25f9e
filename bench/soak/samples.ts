import { megabytes } from '../figures.ts';
import type { RunningServer } from '../server.ts';
import { median } from '../statistics.ts';

/** A process's resident memory over time. */
export interface MemoryOverTime {
  /** Medians of the run's quarters, in MB; the first has the warming up in it. */
  quarters: number[];
  peak: number;
  /**
   * From the second quarter's lowest to the last one's, in MB: between two collections of its old generation V8 was
   * seen to take 16 MB and give them back.
   */
  growth: number;
}

/** @param values MB, at equal intervals */
export function overTime(values: readonly number[]): MemoryOverTime {
  const at = (quarter: number) => Math.floor((values.length * quarter) / 4);
  const quarters = [0, 1, 2, 3].map(quarter => values.slice(at(quarter), at(quarter + 1)));
  const [, second = Number.NaN, , last = Number.NaN] = quarters.map(quarter => Math.min(...quarter));
  return { quarters: quarters.map(median), peak: Math.max(...values), growth: last - second };
}

/** How many times memory is looked at. */
const looks = 200;

/** Looks at servers' memory, for so many minutes or until it is stopped. */
export function watchMemory<Name extends string>(
  servers: Record<Name, RunningServer>,
  minutes: number,
): { stop(): Record<Name, MemoryOverTime> } {
  const names = Object.keys(servers) as Name[];
  const values = new Map<Name, number[]>(names.map(name => [name, []]));
  const look = () => {
    for (const [name, list] of values) list.push(megabytes(servers[name].memory().resident));
  };
  const timer = setInterval(look, (minutes * 60_000) / looks);
  return {
    stop() {
      clearInterval(timer);
      look();
      const entries = [...values].map(([name, list]) => [name, overTime(list)] as const);
      return Object.fromEntries(entries) as Record<Name, MemoryOverTime>;
    },
  };
}
