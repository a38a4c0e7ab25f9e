import { type Machine, machineLines } from '../machine.ts';
import { layOut, number } from '../report.ts';
import { type Part, troubles } from './part.ts';

const head = ['route', 'rate', 'minutes', 'sent', 'failed', 'whole traces', 'p50 ms', 'p99 ms'];
const row = ({ title, rate, minutes, sent, failed, complete, p50Ms, p99Ms }: Part): string[] => [
  title,
  String(rate),
  number(minutes),
  String(sent),
  String(failed),
  complete === undefined ? '-' : String(complete),
  number(p50Ms),
  number(p99Ms),
];

const memoryHead = ['resident, MB', 'process', '1st quarter', '2nd', '3rd', '4th', 'peak', 'growth'];
const memoryRows = ({ title, memory }: Part): string[][] =>
  Object.entries(memory).map(([name, { quarters, peak, growth }], at) => [
    at === 0 ? title : '',
    name,
    ...[...quarters, peak, growth].map(number),
  ]);

export const soakText = (machine: Machine, parts: readonly Part[]): string =>
  [
    ...machineLines(machine),
    '',
    ...layOut(head, parts.map(row)),
    '',
    ...layOut(memoryHead, parts.flatMap(memoryRows)),
    '',
    ...parts.flatMap(troubles).map(trouble => `! ${trouble}`),
    '',
  ].join('\n');

export const soakJson = (machine: Machine, parts: readonly Part[]): string =>
  `${JSON.stringify({ machine, parts, troubles: parts.flatMap(troubles) }, undefined, 2)}\n`;
