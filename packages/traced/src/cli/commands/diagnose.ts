/** `traced diagnose`: where the time went, what was needless, and what fixing it would save. */
import { baselineOf } from '../../diagnosis/baseline.ts';
import { diagnoseTree } from '../../diagnosis/diagnose.ts';
import type { Certainty, FindingKind } from '../../diagnosis/findings.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { diagnosisJson, setJson } from '../../diagnosis/json.ts';
import type { Objective } from '../../diagnosis/objective.ts';
import { renderDiagnosis } from '../../diagnosis/report.ts';
import { diagnoseAll, type SetDiagnosis } from '../../diagnosis/set.ts';
import { buildTree } from '../../diagnosis/tree.ts';
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
  certainty?: Certainty;
  objective?: Objective;
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
  const isSet = traces.length > 1 || more.length > 0 || options.objective !== undefined;
  if (trace === undefined || source === undefined || isSet) return diagnoseAll(traces, options.objective);
  const tree = buildTree(trace);
  const others = await othersLike(tree, placeOf(source, options)?.jaeger, options.others);
  const noted = others.note === undefined ? tree : { ...tree, notes: [...tree.notes, others.note] };
  const baseline = others.trees.length > 0 ? baselineOf([tree, ...others.trees]) : undefined;
  return { diagnoses: [diagnoseTree(noted, baseline)], groups: [] };
}

/** Whether one trace was named, whatever a file or a search would have in it. */
const isOneNamed = (sources: readonly string[], options: SourceOptions): boolean =>
  options.trace !== undefined ||
  (sources.length === 1 && placeOf(sources[0] as string, options) !== undefined);

/** Which form it is depends on what was asked for, not on what was found. */
function jsonOf(diagnosed: SetDiagnosis, isOne: boolean): unknown {
  const [only] = diagnosed.diagnoses;
  const isSet = !isOne || diagnosed.objective !== undefined || only === undefined;
  return isSet ? setJson(diagnosed) : diagnosisJson(only);
}

function textOf(diagnosed: SetDiagnosis, screen: Screen): string {
  const [only] = diagnosed.diagnoses;
  if (diagnosed.diagnoses.length > 1 || diagnosed.objective !== undefined || only === undefined)
    return renderSet(diagnosed, screen);
  return renderDiagnosis(only, screen);
}

/** Diagnosing that many takes about a second, and nothing can be shown meanwhile. */
const longSpans = 50_000;
