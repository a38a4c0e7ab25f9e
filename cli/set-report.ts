/** What was found in a set of traces, as text. */
import { formatDuration } from '../diagnosis/duration.ts';
import type { FindingGroup, SetDiagnosis } from '../diagnosis/set.ts';
import { columnsOf, cut, printable } from '../diagnosis/terminal-text.ts';
import { nameOf, summaryOf } from './summary.ts';
import type { Screen } from './terminal.ts';

const bold = '\x1b[1m';
const dim = '\x1b[2m';
const plain = '\x1b[0m';

/** A heading, then each group of findings: in how many traces, what it is, what to do, what it costs, an example. */
export function renderSet({ diagnoses, groups }: SetDiagnosis, { columns, color }: Screen): string {
  const paint = (text: string, code: string) => (color ? `${code}${text}${plain}` : text);
  const durations = diagnoses.map(({ duration }) => duration).sort((a, b) => a - b);
  const at = (share: number) => formatDuration(durations[Math.ceil(share * durations.length) - 1] ?? 0);
  const heading = `${diagnoses.length} traces · ${requests(diagnoses)} · median ${at(0.5)} · p95 ${at(0.95)}`;
  const found = groups.map(group => renderGroup(group, diagnoses.length, columns, paint));
  const whole = diagnoses.filter(({ findings }) => findings.length === 0).length;
  const rest = groups.length === 0 ? 'Nothing found.' : whole > 0 ? `Nothing found in ${whole} of them.` : '';
  return `${[paint(cut(heading, columns), dim), ...found, ...(rest === '' ? [] : [rest])].join('\n\n')}\n`;
}

/** What the traces are of: one request's name, or of how many. */
function requests(diagnoses: SetDiagnosis['diagnoses']): string {
  const names = new Set(diagnoses.map(({ tree }) => nameOf(summaryOf(tree))));
  return names.size === 1 ? cut([...names].join(), 40) : `${names.size} kinds of requests`;
}

function renderGroup(
  { kind, traces, title, sentence, advice, cost, saving, example }: FindingGroup,
  all: number,
  columns: number,
  paint: (text: string, code: string) => string,
): string {
  const head = cut(printable(`${traces} of ${all}  ${kind}: ${title}`), columns);
  const gain = saving === undefined ? '' : `; mending it saves ${formatDuration(saving)}`;
  const medians = `It holds ${formatDuration(cost)} of the critical path${gain} (medians).`;
  const id = `for example ${printable(example.diagnosis.tree.traceId.slice(0, 64))}`;
  const indented = (text: string) => wrapped(printable(text), columns - 2).map(line => `  ${line}`);
  const lines = [sentence, advice, medians].flatMap(indented);
  return [paint(head, bold), ...lines, paint(`  ${id}`, dim)].join('\n');
}

/** Printable text in lines of at most so many columns, broken at blanks; a longer word is cut. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && columnsOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(cut(word, columns));
  }
  return lines;
}
