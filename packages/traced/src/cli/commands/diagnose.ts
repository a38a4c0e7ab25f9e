/** `traced diagnose`: where the time went, what was unnecessary, and what fixing it would save. */
import { baselineOf } from '../../diagnosis/baseline.ts';
import { diagnoseTree } from '../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { diagnoseAll, type SetDiagnosis } from '../../diagnosis/set.ts';
import { buildTree } from '../../diagnosis/tree.ts';
import { type OutputOptions, writeDiagnosis } from '../diagnosis-output.ts';
import { othersLike } from '../others.ts';
import { placeOf, type SourceOptions, tracesOf } from '../sources.ts';
import { progress } from '../terminal.ts';

interface DiagnoseOptions extends SourceOptions, OutputOptions {
  others: number;
}

export async function run(sources: string[], options: DiagnoseOptions): Promise<void> {
  const traces = await tracesOf(sources, options);
  const spans = traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  progress.step(`diagnosing ${spans} spans`, spans > longSpans);
  const diagnosed = await diagnosisOf(traces, sources, options);
  await writeDiagnosis(diagnosed, traces, { ...options, isOne: isOneNamed(sources, options) });
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

/** Diagnosing that many takes about a second, and nothing can be shown meanwhile. */
const longSpans = 50_000;
