import type { Figure, FigureName, Table } from './figures.ts';
import { type Machine, machineLines } from './machine.ts';
import { type Ratio, type Summary, summarize } from './statistics.ts';
import { outcomes, ratioOf } from './targets.ts';
import { base, descriptions } from './variants.ts';

export interface Results {
  machine: Machine;
  quick: boolean;
  figures: Partial<Record<FigureName, Figure>>;
}

/** What makes the run a failure: targets that were missed, requests that failed. */
export const misses = ({ figures }: Results): string[] => [
  ...outcomes(figures).flatMap(({ verdict, title }) => (verdict === 'missed' ? [title] : [])),
  ...Object.values(figures).flatMap(figure => ('skipped' in figure ? [] : (figure.failures?.lines() ?? []))),
];

interface Row extends Summary {
  of: string;
  values: readonly number[];
  ratioToB: Ratio | undefined;
}

const rowsOf = (table: Table): Row[] =>
  Object.entries(table.rounds).flatMap(([of, values]) =>
    values === undefined ? [] : [{ of, values, ...summarize(values), ratioToB: ratioOf(table, of) }],
  );

export function asJson({ machine, quick, figures }: Results): string {
  const measured = Object.entries(figures).map(([name, figure]) => [
    name,
    'skipped' in figure ? figure : { ...figure, rounds: rowsOf(figure) },
  ]);
  const all = { machine, quick, base, figures: Object.fromEntries(measured), targets: outcomes(figures) };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}

/** With as many digits as say something: 4,567, 123, 45.6, 7.89. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Numbers to the right, words to the left. */
export function layOut(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map(row => (row[at] ?? '').length)));
  const isNumber = head.map((_, at) => rows.every(row => /^([-–.,\d ]|%)*$/.test(row[at] ?? '')));
  const pad = (cell: string, at: number) =>
    isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  return [head, ...rows].map(row => row.map(pad).join('  ').trimEnd());
}

export const span = (low: number, high: number): string => `${number(low)} – ${number(high)}`;

function tableRow({ of, count, median, lowerQuartile, upperQuartile, ratioToB }: Row): string[] {
  const name = Object.hasOwn(descriptions, of) ? descriptions[of as keyof typeof descriptions] : of;
  const ratio = ratioToB === undefined ? ['', '', ''] : ratioCells(ratioToB);
  return [name, String(count), number(median), span(lowerQuartile, upperQuartile), ...ratio];
}

const ratioCells = ({ median, low, high, confidence }: Ratio): string[] => [
  number(median),
  span(low, high),
  `${Math.floor(confidence * 100)} %`,
];

function figureLines(figure: Figure): string[] {
  if ('skipped' in figure) return [`${figure.title}: skipped, ${figure.skipped}`, ''];
  const head = [figure.title, 'n', figure.unit, 'quartiles'];
  const rows = rowsOf(figure);
  const compared = rows.some(({ ratioToB }) => ratioToB !== undefined);
  const ratio = compared ? ['to B', 'interval', 'sure'] : [];
  return [
    ...layOut(
      [...head, ...ratio],
      rows.map(row => tableRow(row).slice(0, head.length + ratio.length)),
    ),
    ...figure.notes.map(note => `  ${note}`),
    ...(figure.failures?.lines() ?? []).map(line => `! ${line}`),
    '',
  ];
}

function targetLines(results: Results): string[] {
  const rows = outcomes(results.figures).map(({ title, must, goal, measured, verdict }) => [
    title,
    number(measured),
    number(must),
    number(goal),
    results.quick ? '' : verdict,
  ]);
  const head = ['target', 'measured', 'must', 'goal', results.quick ? '' : 'verdict'];
  return rows.length === 0 ? [] : layOut(head, rows);
}

export const asText = (results: Results): string =>
  [
    ...machineLines(results.machine),
    ...(results.quick ? ['quick: too few rounds to judge by'] : []),
    '',
    ...Object.values(results.figures).flatMap(figureLines),
    ...targetLines(results),
    '',
  ].join('\n');
