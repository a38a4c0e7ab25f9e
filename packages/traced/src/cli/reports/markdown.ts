/** Markdown for a comment on a change: a table, then each finding with what to do. */
import { formatDuration } from '../../diagnosis/duration.ts';
import { oneLine, type Reported, type ReportFormat, requestOf } from './report-format.ts';

export const markdown: ReportFormat = {
  name: 'markdown',
  render: ({ set, findings }) => {
    const count = set.diagnoses.length;
    const heading = `## ${count} ${count === 1 ? 'trace' : 'traces'}, ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
    if (findings.length === 0) return `${heading}\n\nNo problems found.\n`;
    const rows = findings.map(each => `| ${rowOf(each, count).join(' | ')} |`);
    const table = ['| | finding | where | traces | saves |', '| --- | --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
    return `${[heading, table, ...findings.map(detailOf)].join('\n\n')}\n`;
  },
};

function rowOf({ finding, traces, saving, fails, acknowledged }: Reported, count: number): string[] {
  const mark = fails ? '❌' : acknowledged === undefined ? '⚠️' : '✅';
  const atMost = finding.atMost === true ? 'at most ' : 'about ';
  const saves = saving === undefined ? '' : atMost + formatDuration(saving);
  const where = `${finding.service} ${finding.operation}`;
  return [mark, text(finding.title), text(where), `${traces} of ${count}`, saves];
}

function detailOf({ finding, diagnosis, acknowledged }: Reported): string {
  const { service, operation } = requestOf(diagnosis);
  const lines = [
    `### ${text(finding.title)}`,
    '',
    text(finding.sentence),
    '',
    `**${text(finding.advice)}**`,
    '',
    `\`${finding.kind}\` (${finding.certainty}) in ${text(`${service} ${operation}`)}, for example trace ${text(diagnosis.tree.traceId)}`,
  ];
  return [...lines, ...(acknowledged === undefined ? [] : ['', `Acknowledged: ${text(acknowledged)}`])].join(
    '\n',
  );
}

/** Text from strangers: one line, in which nothing is markup, a mention or a link. */
const text = (value: string): string =>
  oneLine(value, 1_000).replaceAll(
    /[\\`*_{}[\]()<>#+!|~&@$]|(?<=\b)[.:](?=\/\/)|^-/g,
    character => `&#${character.codePointAt(0)};`,
  );
