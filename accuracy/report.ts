import { missesOfNaming, type Naming } from './naming.ts';
import { missesOfPrediction, type Prediction, tolerance } from './prediction.ts';

export interface Results {
  naming: Naming[];
  predictions: Prediction[];
}

export const misses = ({ naming, predictions }: Results): string[] => [
  ...naming.flatMap(missesOfNaming),
  ...predictions.flatMap(missesOfPrediction),
];

export const asJson = (results: Results): string =>
  `${JSON.stringify({ ...results, misses: misses(results) }, undefined, 2)}\n`;

export function asText({ naming, predictions }: Results): string {
  return [
    'What was named',
    '',
    ...table(
      ['faults', 'route', 'traces', 'named', 'first', 'recall', 'precision', 'findings'],
      naming.flatMap(namingRows),
    ),
    '',
    `What mending saves, against the same route without the fault (within ${percent(tolerance)})`,
    '',
    ...table(
      ['faults', 'route', 'traces', 'median', 'what-if', 'measured', 'ratio', 'of the saving'],
      predictions.map(predictionRow),
    ),
    '',
  ].join('\n');
}

function namingRows({ set, route, traces, faults, findings, precision, recall }: Naming): string[][] {
  const found = findings.map(({ text, count, right }) => `${right ? '' : '? '}${text} ×${count}`);
  const shares = [recall, precision].map(share => (share === undefined ? '' : percent(share)));
  const rows: string[][] = [];
  for (let i = 0; i < Math.max(1, faults.length, found.length); i++) {
    const fault = faults[i];
    const head = i === 0 ? [set, route, String(traces)] : ['', '', ''];
    // Among several, which one was named must be said.
    if (set === 'all' && fault !== undefined) head[0] = `${i === 0 ? 'all: ' : '     '}${fault.fault}`;
    const counts = fault === undefined ? ['', ''] : [String(fault.named), String(fault.first)];
    rows.push([...head, ...counts, ...(i === 0 ? shares : ['', '']), found[i] ?? '']);
  }
  return rows;
}

const predictionRow = (prediction: Prediction): string[] => {
  const { set, route, traces, before, predicted, measured, ratio, savingRatio } = prediction;
  const times = [before, predicted, measured].map(us => `${(us / 1_000).toFixed(1)} ms`);
  return [set, route, String(traces), ...times, ratio.toFixed(2), savingRatio.toFixed(2)];
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Numbers to the right, words to the left. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map(row => (row[at] ?? '').length)));
  const isNumber = head.map((_, at) => rows.every(row => /^(-?[\d.]+( %| ms)?)?$/.test(row[at] ?? '')));
  return [head, ...rows].map(row =>
    row
      .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
