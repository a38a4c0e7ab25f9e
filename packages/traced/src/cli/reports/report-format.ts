/** What a report for other programs is made of. */
import type { Diagnosis } from '../../diagnosis/diagnose.ts';
import type { Finding } from '../../diagnosis/findings.ts';
import type { SetDiagnosis } from '../../diagnosis/set.ts';

/** A finding, of one trace or of several that have it alike. */
export interface Reported {
  /** Where it costs as much as in the median trace. */
  finding: Finding;
  diagnosis: Diagnosis;
  /** In how many traces it is. */
  traces: number;
  /** µs, medians over these; undefined where nothing can be said of the time. */
  cost: number;
  saving: number | undefined;
  /** Whether it makes the command end with exit status 1. */
  fails: boolean;
  /** Why it is accepted; undefined where it is not. */
  acknowledged: string | undefined;
}

export interface Report {
  set: SetDiagnosis;
  /** What would save most first. */
  findings: readonly Reported[];
  /** Of `traced`. */
  version: string;
}

export interface ReportFormat {
  /** As `--format` names it. */
  name: string;
  render(report: Report): string;
}

/** The findings of a set, each once. */
export function reported(
  { diagnoses, groups }: SetDiagnosis,
  judge: (finding: Finding) => Pick<Reported, 'fails' | 'acknowledged'>,
): Reported[] {
  if (groups.length > 0)
    return groups.map(({ example: { finding, diagnosis }, traces, cost, saving }) => ({
      ...{ finding, diagnosis, traces, cost, saving },
      ...judge(finding),
    }));
  return diagnoses.flatMap(diagnosis =>
    diagnosis.findings.map(finding => {
      const { cost, saving } = finding;
      return { finding, diagnosis, traces: 1, cost, saving, ...judge(finding) };
    }),
  );
}

/** The request that a diagnosis is of: service and operation of its root. */
export const requestOf = ({ tree: { root } }: Diagnosis): { service: string; operation: string } => ({
  service: root?.service ?? '?',
  operation: root?.name ?? '?',
});

/** Text from strangers on one line, without what steers a terminal or a CI's log. */
export const oneLine = (text: string, length = 2_000): string =>
  short(text, length).replaceAll(/[\p{C}\s]+/gu, ' ');

/** Text from strangers may be megabytes long. */
export const short = (text: string, length = 2_000): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
