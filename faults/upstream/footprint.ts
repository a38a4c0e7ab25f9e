import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { RunningServer } from '../../bench/server.ts';

/** What a process holds on to. */
export interface Footprint {
  /** Open files, connections to others among them, but not those of its own clients; 0 where there is no /proc. */
  files: number;
  /** Memory of its own, in bytes. */
  memory: number;
}

/** The kernel's numbers of the connections to a port, as `/proc/<pid>/fd` names them. */
function clientsOf(pid: number, port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const sockets = lines.map(line => line.trim().split(/\s+/));
  return new Set(
    sockets.filter(fields => fields[1]?.endsWith(suffix)).map(fields => `socket:[${fields[9]}]`),
  );
}

/** What a file is; empty where it was closed in this moment. */
function fileName(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function openFiles(pid: number, port: number): number {
  try {
    const clients = clientsOf(pid, port);
    const files = readdirSync(`/proc/${pid}/fd`).map(fd => fileName(`/proc/${pid}/fd/${fd}`));
    return files.filter(file => file !== '' && !clients.has(file)).length;
  } catch {
    return 0;
  }
}

export const footprintOf = ({ pid, url, memory }: RunningServer): Footprint => ({
  files: openFiles(pid, Number(new URL(url).port)),
  memory: memory().anonymous,
});

const mebibyte = 1024 * 1024;

/** A connection to the page, to the collector, to Redis may be open at one time and not at the other. */
const mostFiles = 4;
/** What a garbage collector that is in no hurry leaves. */
const mostMemory = 64 * mebibyte;

/** @returns what was not released */
export function kept(name: string, before: Footprint, after: Footprint): string[] {
  const files = after.files - before.files;
  const memory = after.memory - before.memory;
  return [
    ...(files > mostFiles ? [`${name} has ${files} more open files than before`] : []),
    ...(memory > mostMemory ? [`${name} has ${Math.round(memory / mebibyte)} MiB more than before`] : []),
  ];
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value)}`;

export const grown = (before: Footprint, after: Footprint): string =>
  `${signed(after.files - before.files)} files, ${signed(Math.round((after.memory - before.memory) / mebibyte))} MiB`;
