/** What was found in a set of traces, as text. */
import { formatDuration } from '../diagnosis/duration.ts';
import type { FindingGroup, SetDiagnosis } from '../diagnosis/set.ts';
import { quantile, sorted } from '../diagnosis/statistics.ts';
import { type Paint, painter } from '../diagnosis/terminal-colors.ts';
import { cut, printable, wrapped } from '../diagnosis/terminal-text.ts';
import { noProblems, reasonText, savingText } from '../diagnosis/wording.ts';
import { nameOf, summaryOf } from './summary.ts';
import type { Screen } from './terminal.ts';

/** A heading, then each group of findings: what it is, in how many traces, what it costs, what to do, an example. */
export function renderSet({ diagnoses, groups }: SetDiagnosis, { columns, color }: Screen): string {
  const paint = painter(color);
  const durations = sorted(diagnoses.map(({ duration }) => duration));
  const at = (share: number) => formatDuration(quantile(durations, share));
  const heading = `${diagnoses.length} traces · ${requests(diagnoses)} · median ${at(0.5)} · p95 ${at(0.95)}`;
  const found = groups.map((group, i) =>
    renderGroup(group, { n: i + 1, all: diagnoses.length, columns, paint }),
  );
  const whole = diagnoses.filter(({ findings }) => findings.length === 0).length;
  const parts = [paint(cut(heading, columns), 'bold'), ...found];
  if (groups.length === 0) parts.push(noProblems);
  else if (whole > 0) parts.push(`No problems found in ${whole} of them.`);
  return `${parts.join('\n\n')}\n`;
}

/** What the traces are of: one request's name, or of how many. */
function requests(diagnoses: SetDiagnosis['diagnoses']): string {
  const names = new Set(diagnoses.map(({ tree }) => nameOf(summaryOf(tree))));
  return names.size === 1 ? cut([...names].join(), 40) : `${names.size} kinds of requests`;
}

interface GroupLayout {
  n: number;
  /** How many traces there are. */
  all: number;
  columns: number;
  paint: Paint;
}

function renderGroup(group: FindingGroup, { n, all, columns, paint }: GroupLayout): string {
  const { kind, certainty, traces, title, sentence, advice, cost, saving, example } = group;
  const number = `${n}`.padEnd(2);
  const margin = ' '.repeat(number.length + 1);
  const block = (text: string) => wrapped(readable(text), columns - margin.length);
  const gain = saving === undefined ? `${formatDuration(cost)} on the critical path` : savingText(group);
  const [heading = '', ...rest] = block(title).map(line => paint(line, 'bold'));
  const lines = [
    ...rest,
    ...block(`${kind} · ${certainty} · in ${traces} of ${all} traces · ${gain} (median)`).map(line =>
      paint(line, 'green'),
    ),
    ...block(sentence),
    ...block(reasonText(group)).map(line => paint(line, 'dim')),
    ...wrapped(readable(advice), columns - margin.length - 2).map(
      (line, i) => (i === 0 ? '→ ' : '  ') + line,
    ),
    paint(`for example ${printable(example.diagnosis.tree.traceId.slice(0, 64))}`, 'dim'),
  ];
  return [`${paint(number, 'yellow')} ${heading}`, ...lines.map(line => margin + line)].join('\n');
}

/** Text from strangers may be megabytes long. */
const readable = (text: string): string => printable(text.slice(0, 2_000));
