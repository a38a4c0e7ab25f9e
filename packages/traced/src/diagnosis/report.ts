/** A diagnosis as text for a person at a terminal. */

import { nameOf } from './calls.ts';
import type { Diagnosis } from './diagnose.ts';
import { formatDuration } from './duration.ts';
import type { Finding } from './findings.ts';
import { lengthOf } from './sequence.ts';
import { type Paint, painter } from './terminal-colors.ts';
import { columnsOf, cut, printable, toWidth, wrapped } from './terminal-text.ts';
import type { SpanNode } from './tree.ts';
import { columnsFor, renderTree, type WaterfallOptions } from './waterfall.ts';
import { noProblems, reasonText, savingText, whatIfText } from './wording.ts';

/**
 * The whole report: what the trace is of, its waterfall with the critical path and the findings' numbers in the
 * margin, where the time went, the findings, and what was odd about the data. Takes the options of a waterfall, and
 * promises of lines and characters what that does.
 */
export function renderDiagnosis(diagnosis: Diagnosis, options: WaterfallOptions = {}): string {
  const columns = columnsFor(options);
  const paint = painter(options.color);
  const parts = [
    `${paint(headline(diagnosis, columns), 'bold')}\n${renderMarked(diagnosis, options)}`,
    timeTable(diagnosis, columns, paint),
    renderFindings(diagnosis, options),
    notes(diagnosis, columns, paint),
  ];
  return parts.filter(part => part !== '').join('\n');
}

/** The waterfall of a diagnosis, with the numbers of its findings in the margin. */
export function renderMarked({ tree, path, findings }: Diagnosis, options: WaterfallOptions = {}): string {
  return renderTree(tree, { ...options, path, marks: marksOf(findings) });
}

/** The findings, numbered, and what fixing all of them would save; a line that says so where there are none. */
export function renderFindings(
  diagnosis: Pick<Diagnosis, 'tree' | 'findings' | 'duration' | 'whatIf'>,
  options: WaterfallOptions = {},
): string {
  const columns = columnsFor(options);
  const paint = painter(options.color);
  const { tree, findings } = diagnosis;
  if (findings.length === 0) return `${wrapped(noProblems, columns).join('\n')}\n`;
  const digits = `${findings.length}`.length;
  const parts = findings.map((finding, n) => {
    const number = paint(`${n + 1}`.padStart(digits), 'yellow');
    return renderFinding(finding, { root: tree.root, number, indent: digits + 2, columns, paint });
  });
  const all = together(diagnosis);
  if (all !== '') parts.push(wrapped(all, columns).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function headline({ tree: { root }, duration }: Diagnosis, columns: number): string {
  if (root === undefined) return cut('A trace without spans', columns);
  const took = ` took ${formatDuration(duration)}`;
  const name = printable(`${root.service} ${root.name}`.slice(0, 8 * columns));
  return cut(cut(name, Math.max(0, columns - columnsOf(took))) + took, columns);
}

/** The numbers of the findings that stand on each span; a plus stands for those that there is no room for. */
function marksOf(findings: readonly Finding[]): Map<SpanNode, string> {
  const marks = new Map<SpanNode, string>();
  findings.forEach(({ spans }, n) => {
    for (const node of new Set(spans)) {
      const before = marks.get(node);
      const both = `${before},${n + 1}`;
      marks.set(
        node,
        before === undefined ? `${n + 1}` : both.length > 4 ? `${before.replace('+', '')}+` : both,
      );
    }
  });
  return marks;
}

function timeTable({ time, duration }: Diagnosis, columns: number, paint: Paint): string {
  const shares = time.byKind.filter(({ critical }) => critical > 0);
  if (shares.length === 0 || columns < 30) return '';
  const widest = Math.max(...shares.map(({ name }) => columnsOf(name)));
  const numbers = ' 100 %'.length + ' 999.9 ms'.length;
  const name = Math.min(widest, columns - numbers);
  const bar = Math.min(20, columns - numbers - name - 1);
  const lines = shares.map(share => {
    const part = share.critical / duration;
    const percent = `${part < 0.005 ? '<1' : Math.round(100 * part)} %`;
    const text = [
      toWidth(share.name, name),
      toWidth(formatDuration(share.critical), 8, 'right'),
      percent.padStart(5),
    ];
    if (bar >= 5) text.push(paint('█'.repeat(Math.round(part * bar)), 'cyan'));
    return text.join(' ').trimEnd();
  });
  return `${paint(cut('Where the time went', columns), 'bold')}\n${lines.join('\n')}\n`;
}

interface FindingLayout {
  /** Of the request. */
  root: SpanNode | undefined;
  number: string;
  indent: number;
  columns: number;
  paint: Paint;
}

function renderFinding(finding: Finding, { root, number, indent, columns, paint }: FindingLayout): string {
  const margin = columns > 3 * indent ? ' '.repeat(indent) : '';
  const block = (text: string) => wrapped(readable(text), columns - margin.length);
  const [title = '', ...rest] = block(finding.title);
  const lines = [
    ...rest.map(line => paint(line, 'bold')),
    ...block(`${finding.kind} · ${finding.certainty}${gain(finding, root)}`).map(line =>
      paint(line, 'green'),
    ),
    ...block(finding.sentence),
    ...block(reasonText(finding)).map(line => paint(line, 'dim')),
    ...hanging('→ ', finding.advice, columns - margin.length),
  ];
  const first = margin === '' ? paint(title, 'bold') : `${number}  ${paint(title, 'bold')}`;
  return [first, ...lines.map(line => margin + line)].join('\n');
}

function gain(finding: Finding, root: SpanNode | undefined): string {
  const { entry, saving, cost } = finding;
  const where = entry === root ? '' : ` in ${nameOf(entry)}`;
  if (saving !== undefined) return ` · ${savingText(finding)} of ${formatDuration(lengthOf(entry))}${where}`;
  return cost > 0 ? ` · ${formatDuration(cost)} on the critical path${where}` : where;
}

function together({
  tree,
  findings,
  duration,
  whatIf,
}: Pick<Diagnosis, 'tree' | 'findings' | 'duration' | 'whatIf'>): string {
  const saving = findings.filter(finding => finding.saving !== undefined && finding.entry === tree.root);
  if (saving.length === 0) return '';
  const which = saving.length === 1 ? 'this' : 'all of these';
  return `With ${which} fixed, the request would take ${whatIfText(whatIf, saving)} instead of ${formatDuration(duration)}.`;
}

function notes({ tree, baselineTraces }: Diagnosis, columns: number, paint: Paint): string {
  const beside =
    baselineTraces === 0
      ? []
      : [
          `Compared with ${baselineTraces} other ${baselineTraces === 1 ? 'trace' : 'traces'} of such requests.`,
        ];
  const said = [...tree.notes, ...beside];
  if (said.length === 0) return '';
  const lines = said.flatMap(note => hanging('- ', note, columns));
  return `${[paint(cut('About the data', columns), 'bold'), ...lines].join('\n')}\n`;
}

/** Text from strangers may be megabytes long. */
const readable = (text: string): string => printable(text.length > 2_000 ? `${text.slice(0, 2_000)}…` : text);

/** Lines that stand below the text of the first one, not below its bullet, where there is room for that. */
function hanging(bullet: string, text: string, columns: number): string[] {
  if (columns < 10) return wrapped(bullet + readable(text), columns);
  return wrapped(readable(text), columns - bullet.length).map(
    (line, n) => `${n === 0 ? bullet : '  '}${line}`,
  );
}
