/**
 * JUnit's XML as Jenkins, GitLab and others read it (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd): a test
 * case for each request, failed by the findings that make the command fail.
 */
import type { Diagnosis } from '../../diagnosis/diagnose.ts';
import { groupBy } from '../../diagnosis/sequence.ts';
import { oneLine, type Report, type Reported, type ReportFormat, requestOf } from './report-format.ts';

export const junit: ReportFormat = {
  name: 'junit',
  render: ({ set, findings }) => {
    const requests = [...groupBy(set.diagnoses, keyOf)];
    const cases = requests.map(([key, diagnoses]) =>
      testCase(
        diagnoses,
        findings.filter(({ diagnosis }) => keyOf(diagnosis) === key),
      ),
    );
    const failed = new Set(findings.filter(({ fails }) => fails).map(({ diagnosis }) => keyOf(diagnosis)))
      .size;
    const suite = attributes({ name: 'traced', tests: cases.length, failures: failed });
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite${suite}>\n${cases.join('')}</testsuite>\n</testsuites>\n`;
  },
};

const keyOf = (diagnosis: Diagnosis): string => JSON.stringify(requestOf(diagnosis));

function testCase(diagnoses: readonly Diagnosis[], findings: Report['findings']): string {
  const [first] = diagnoses as [Diagnosis];
  const { service, operation } = requestOf(first);
  const durations = diagnoses.map(({ duration }) => duration).sort((a, b) => a - b);
  const seconds = ((durations[(durations.length - 1) >> 1] ?? 0) / 1e6).toFixed(6);
  const failed = findings.filter(({ fails }) => fails).map(failure);
  const others = findings.filter(({ fails }) => !fails).map(textOf);
  const output = others.length === 0 ? '' : `<system-out>${escaped(others.join('\n\n'))}</system-out>\n`;
  return `<testcase${attributes({ classname: service, name: operation, time: seconds })}>\n${failed.join('')}${output}</testcase>\n`;
}

const failure = (each: Reported): string =>
  `<failure${attributes({ type: each.finding.kind, message: each.finding.title })}>${escaped(textOf(each))}</failure>\n`;

function textOf({ finding, diagnosis, acknowledged }: Reported): string {
  const { kind, certainty, title, sentence, advice } = finding;
  const accepted = acknowledged === undefined ? [] : [`acknowledged: ${acknowledged}`];
  const lines = [
    `${kind} (${certainty}): ${title}`,
    sentence,
    advice,
    `trace ${diagnosis.tree.traceId}`,
    ...accepted,
  ];
  return lines.map(line => oneLine(line)).join('\n');
}

const attributes = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(oneLine(String(value), 400))}"`)
    .join('');

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"]/g, character => entities[character] as string);
