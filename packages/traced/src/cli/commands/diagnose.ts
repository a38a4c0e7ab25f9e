/** `traced diagnose`: where the time went, what was needless, and what fixing it would save. */
import { diagnoseTree } from '../../diagnosis/diagnose.ts';
import type { FindingKind } from '../../diagnosis/findings.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { diagnosisJson, setJson } from '../../diagnosis/json.ts';
import { renderDiagnosis } from '../../diagnosis/report.ts';
import { diagnoseAll, type SetDiagnosis } from '../../diagnosis/set.ts';
import { buildTree } from '../../diagnosis/tree.ts';
import { usualOf } from '../../diagnosis/usual.ts';
import { othersLike } from '../others.ts';
import { renderSet } from '../set-report.ts';
import { placeOf, type SourceOptions, tracesOf } from '../sources.ts';
import {
  type ColorOption,
  print,
  printJson,
  printLines,
  progress,
  type Screen,
  say,
  screenOf,
} from '../terminal.ts';
import { verdict } from '../verdict.ts';

interface DiagnoseOptions extends SourceOptions {
  json?: true;
  ndjson?: true;
  html?: string;
  color: ColorOption;
  others: number;
  failOn?: FindingKind[];
  /** µs */
  minCost?: number;
  /** µs */
  minSaving?: number;
}

export async function run(sources: string[], options: DiagnoseOptions): Promise<void> {
  const traces = await tracesOf(sources, options);
  const spans = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  progress.step(`diagnosing ${spans} spans`, spans > longSpans);
  const diagnosed = await diagnosisOf(traces, sources, options);
  if (options.html !== undefined) {
    const { writeHtml } = await import('../html.ts');
    await writeHtml(options.html, traces);
  }
  const failure = verdict(diagnosed, options);
  // Before anything is written, since a reader that goes away ends the command.
  if (failure !== undefined) process.exitCode = 1;
  if (options.ndjson === true) printLines(diagnosed.diagnoses.map(diagnosisJson));
  else if (options.json === true) printJson(jsonOf(diagnosed, isOneNamed(sources, options)));
  else print(textOf(diagnosed, screenOf(process.stdout, options.color)));
  if (failure !== undefined) say(failure);
}

/** Several beside each other; one that Jaeger has beside others like it. */
async function diagnosisOf(
  traces: readonly JaegerTrace[],
  [source, ...more]: readonly string[],
  options: DiagnoseOptions,
): Promise<SetDiagnosis> {
  const [trace] = traces;
  if (trace === undefined || traces.length > 1 || source === undefined || more.length > 0)
    return diagnoseAll(traces);
  const tree = buildTree(trace);
  const others = await othersLike(tree, placeOf(source, options)?.jaeger, options.others);
  const noted = others.note === undefined ? tree : { ...tree, notes: [...tree.notes, others.note] };
  const usual = others.trees.length > 0 ? usualOf([tree, ...others.trees]) : undefined;
  return { diagnoses: [diagnoseTree(noted, usual)], groups: [] };
}

/** Whether one trace was named, whatever a file or a search would have in it. */
const isOneNamed = (sources: readonly string[], options: SourceOptions): boolean =>
  options.trace !== undefined ||
  (sources.length === 1 && placeOf(sources[0] as string, options) !== undefined);

/** Which form it is depends on what was asked for, not on what was found. */
function jsonOf(diagnosed: SetDiagnosis, isOne: boolean): unknown {
  const [only] = diagnosed.diagnoses;
  return isOne && only !== undefined ? diagnosisJson(only) : setJson(diagnosed);
}

function textOf(diagnosed: SetDiagnosis, screen: Screen): string {
  const [only] = diagnosed.diagnoses;
  if (diagnosed.diagnoses.length > 1 || only === undefined) return renderSet(diagnosed, screen);
  return renderDiagnosis(only, screen);
}

/** Diagnosing that many takes about a second, and nothing can be shown meanwhile. */
const longSpans = 50_000;
