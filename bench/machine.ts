import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { type Cores, describeCores } from './cores.ts';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  pinning: string;
  /** Over the minute before the first measurement: what else the machine was doing. */
  loadBefore: number;
  date: string;
}

export const describeMachine = (cores: Cores): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: Math.max(cores.all.length, availableParallelism()),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${process.arch} ${release().split('-')[0]}`,
  node: process.version,
  pinning: describeCores(cores),
  loadBefore: loadavg()[0] ?? 0,
  date: new Date().toISOString().slice(0, 10),
});

export const machineLines = (machine: Machine): string[] => [
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, ${machine.date}`,
  `${machine.pinning}; load average before: ${machine.loadBefore.toFixed(2)}`,
];
