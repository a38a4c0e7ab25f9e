/** What was found in a set of traces, as text. */
import { formatDuration } from '../diagnosis/duration.ts';
import type { Explanations } from '../diagnosis/explain.ts';
import type { ObjectiveResult } from '../diagnosis/objective.ts';
import type { FindingGroup, SetDiagnosis } from '../diagnosis/set.ts';
import { quantile, sorted } from '../diagnosis/statistics.ts';
import { type Paint, painter } from '../diagnosis/terminal-colors.ts';
import { cut, printable, wrapped } from '../diagnosis/terminal-text.ts';
import { noProblems, reasonText, savingText } from '../diagnosis/wording.ts';
import { nameOf, summaryOf } from './summary.ts';
import type { Screen } from './terminal.ts';

/** A heading, then each group of findings: what it is, in how many traces, what it costs, what to do, an example. */
export function renderSet(set: SetDiagnosis, { columns, color }: Screen): string {
  const { diagnoses, groups, explanations, objective } = set;
  const paint = painter(color);
  const durations = sorted(diagnoses.map(({ duration }) => duration));
  const at = (share: number) => formatDuration(quantile(durations, share));
  const heading = `${diagnoses.length} traces · ${requests(diagnoses)} · median ${at(0.5)} · p95 ${at(0.95)}`;
  const found = groups.map((group, i) =>
    renderGroup(group, { n: i + 1, all: diagnoses.length, columns, paint }),
  );
  const whole = diagnoses.filter(({ findings }) => findings.length === 0).length;
  const parts = [paint(cut(heading, columns), 'bold')];
  if (objective !== undefined)
    parts.push(wrapped(readable(objectiveText(objective, groups)), columns).join('\n'));
  parts.push(...found);
  if (groups.length === 0) parts.push(noProblems);
  else if (whole > 0) parts.push(`No problems found in ${whole} of them.`);
  if (explanations !== undefined && explanations.found.length > 0)
    parts.push(wrapped(readable(explanationText(explanations)), columns).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

/** Whether the objective is met, or which fixes would do. */
function objectiveText(
  { objective, now, isMet, fixes, fixed, wouldBeMet }: ObjectiveResult,
  groups: readonly FindingGroup[],
): string {
  const { statistic, limit } = objective;
  const goal = `${statistic} below ${formatDuration(limit)}`;
  if (isMet) return `Objective met: ${goal}; it is ${formatDuration(now)}.`;
  const missed = `Objective missed: ${goal}; it is ${formatDuration(now)}.`;
  if (fixes.length === 0) return `${missed} No finding would bring it down.`;
  const which = fixes.map(group => groups.indexOf(group) + 1).join(' and ');
  return `${missed} With ${fixes.length === 1 ? 'finding' : 'findings'} ${which} fixed, it would be about ${formatDuration(fixed)}${wouldBeMet ? '' : ', which is not enough'}.`;
}

function explanationText({ slow, others, from, found }: Explanations): string {
  const each = found.map(
    ({ key, value, slow: has, others: rest }) =>
      `${key}=${value} (${has} of ${slow}; ${rest} of the ${others} others)`,
  );
  return `The ${slow} slowest, from ${formatDuration(from)} on, have in common: ${each.join(', ')}.`;
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
