import { layOut } from '../bench/report.ts';
import type { Outcome } from './scenario.ts';

export interface Row extends Outcome {
  scenario: string;
  title: string;
  seconds: number;
}

const count = (value: number | undefined): string => (value === undefined ? '-' : value.toLocaleString('en'));

const cells = ({ scenario, title, requests, answered, whole, seen, problems }: Row): string[] => [
  scenario,
  title,
  ...[requests, answered, whole].map(count),
  problems.length === 0 ? 'held' : 'FAILED',
  seen,
];

export const held = (rows: readonly Row[]): Row[] => rows.filter(({ problems }) => problems.length === 0);

export function asText(rows: readonly Row[]): string {
  const head = ['scenario', 'fault', 'requests', 'answered', 'whole traces', '', 'seen'];
  const problems = rows.flatMap(({ title, problems }) => problems.map(problem => `! ${title}: ${problem}`));
  const passed = held(rows).length;
  const closing = `${passed} passed, ${rows.length - passed} failed`;
  return `${[...layOut(head, rows.map(cells)), '', ...problems, closing].join('\n')}\n`;
}

export const asJson = (rows: readonly Row[]): string => `${JSON.stringify({ rows }, undefined, 2)}\n`;
