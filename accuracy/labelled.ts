/**
 * How much of what is wrong in other people's traces is found, and how much of what is found is true, by kind:
 *
 *     node accuracy/labelled.ts LABELS.json FOLDER
 *
 * LABELS.json says for each trace of the files in FOLDER what is expected of it. Nothing of others' is in this
 * repository but where it comes from: `accuracy/labels` has the sources and what was expected before it was run.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagnose } from '../packages/traced/src/diagnosis/diagnose.ts';
import type { Finding, FindingKind } from '../packages/traced/src/diagnosis/findings.ts';
import { readTraces } from '../packages/traced/src/read/index.ts';
import { type Form, readForm } from './trace-forms.ts';

interface Labels {
  sources: { form: Form; files: Record<string, readonly Label[]> }[];
}

export interface Label {
  /** The trace's id. */
  trace: string;
  /** What must be found; none for a trace that is fine. */
  expected: readonly FindingKind[];
  /** What is true as well, and need not be found. */
  also?: readonly FindingKind[];
  /** What nobody looked at: counted neither way. */
  unjudged?: readonly FindingKind[];
}

export interface Score {
  expected: number;
  found: number;
  /** Findings that are measured or likely. */
  said: number;
  true: number;
}

/** Adds what one trace's findings are beside its label. */
export function score(label: Label, findings: readonly Finding[], scores: Map<string, Score>): void {
  const of = (kind: string): Score => {
    const known = scores.get(kind) ?? { expected: 0, found: 0, said: 0, true: 0 };
    scores.set(kind, known);
    return known;
  };
  for (const kind of label.expected) {
    of(kind).expected++;
    if (findings.some(finding => finding.kind === kind)) of(kind).found++;
  }
  const isTrue = new Set<FindingKind>([...label.expected, ...(label.also ?? [])]);
  // What is only possible says so, and is no claim.
  for (const { kind, certainty } of findings) {
    if (certainty === 'possible' || (label.unjudged?.includes(kind) && !isTrue.has(kind))) continue;
    of(kind).said++;
    if (isTrue.has(kind)) of(kind).true++;
  }
}

export function asTable(scores: ReadonlyMap<string, Score>): string {
  const all: Score = { expected: 0, found: 0, said: 0, true: 0 };
  for (const each of scores.values())
    for (const key of Object.keys(all) as (keyof Score)[]) all[key] += each[key];
  const ratio = (part: number, whole: number) => (whole === 0 ? '-' : (part / whole).toFixed(2)).padStart(6);
  const rows = [...[...scores].sort(([a], [b]) => a.localeCompare(b)), ['all', all] as const].map(
    ([kind, { expected, found, said, true: right }]) =>
      `${kind.padEnd(16)} ${`${found} of ${expected}`.padStart(10)} ${ratio(found, expected)} ${`${right} of ${said}`.padStart(10)} ${ratio(right, said)}`,
  );
  return `${['kind                  found recall       true precision', ...rows].join('\n')}\n`;
}

function main([labels, folder]: string[]): number {
  if (labels === undefined || folder === undefined) {
    process.stderr.write('usage: node accuracy/labelled.ts LABELS.json FOLDER\n');
    return 2;
  }
  const { sources } = JSON.parse(readFileSync(labels, 'utf8')) as Labels;
  const scores = new Map<string, Score>();
  for (const { form, files } of sources) {
    for (const [file, expected] of Object.entries(files)) {
      const text = readFileSync(join(folder, file), 'utf8');
      const traces = readTraces(readForm(form, text));
      for (const label of expected) {
        const trace = traces.find(({ traceID }) => traceID === label.trace);
        if (trace === undefined) throw new Error(`${file} has no trace ${label.trace}`);
        const { findings } = diagnose(trace);
        score(label, findings, scores);
        const missed = label.expected.filter(kind => !findings.some(finding => finding.kind === kind));
        if (missed.length > 0) process.stderr.write(`${file} ${label.trace}: missed ${missed.join(', ')}\n`);
      }
    }
  }
  process.stdout.write(asTable(scores));
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
