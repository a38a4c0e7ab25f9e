import { layOut } from '../bench/report.ts';
import type { Outcome } from './scenario.ts';

export interface Row extends Outcome {
  scenario: string;
  title: string;
  seconds: number;
}

const count = (value: number | undefined): string => (value === undefined ? '-' : value.toLocaleString('en'));

const verdicts = ['held', 'FAILED', 'skipped'] as const;
export type Verdict = (typeof verdicts)[number];

export function verdictOf({ problems, skipped }: Outcome): Verdict {
  if (problems.length > 0) return 'FAILED';
  return skipped === undefined ? 'held' : 'skipped';
}

const cells = (row: Row): string[] => [
  row.scenario,
  row.title,
  ...[row.requests, row.answered, row.whole].map(count),
  verdictOf(row),
  row.skipped ?? row.seen,
];

export const withVerdict = (rows: readonly Row[], verdict: Verdict): Row[] =>
  rows.filter(row => verdictOf(row) === verdict);

export function asText(rows: readonly Row[]): string {
  const head = ['scenario', 'fault', 'requests', 'answered', 'whole traces', '', 'seen'];
  const problems = rows.flatMap(({ title, problems }) => problems.map(problem => `! ${title}: ${problem}`));
  const [passed, failed, skipped] = verdicts.map(verdict => withVerdict(rows, verdict).length);
  const closing = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  return `${[...layOut(head, rows.map(cells)), '', ...problems, closing].join('\n')}\n`;
}

export const asJson = (rows: readonly Row[]): string => `${JSON.stringify({ rows }, undefined, 2)}\n`;
