/** What becomes of a diagnosis: text, JSON or a report, the page in a file, and the exit status. */
import pkg from '../../package.json' with { type: 'json' };
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { diagnosisJson, setJson } from '../diagnosis/json.ts';
import type { Objective } from '../diagnosis/objective.ts';
import { renderDiagnosis } from '../diagnosis/report.ts';
import type { SetDiagnosis } from '../diagnosis/set.ts';
import { acknowledgements } from './acknowledged.ts';
import { reportFormats } from './reports/index.ts';
import { reported } from './reports/report-format.ts';
import { renderSet } from './set-report.ts';
import { type ColorOption, print, printJson, printLines, type Screen, say, screenOf } from './terminal.ts';
import { type Acknowledged, fails, type Limits, verdict } from './verdict.ts';

export interface OutputOptions extends Limits {
  json?: true;
  ndjson?: true;
  /** The name of a report. */
  format?: string;
  html?: string;
  color: ColorOption;
  objective?: Objective;
  /** The path of a file of findings that are accepted. */
  acknowledged?: string;
}

/**
 * Writes it, and sets the exit status to 1 where a finding asks for it.
 * @param isOne whether one trace was asked for, whatever was found: JSON has a form for that
 */
export async function writeDiagnosis(
  diagnosed: SetDiagnosis,
  traces: readonly JaegerTrace[],
  options: OutputOptions & { isOne: boolean },
): Promise<void> {
  const { acknowledged: path } = options;
  const acknowledged: Acknowledged = path === undefined ? () => undefined : acknowledgements(path);
  if (options.html !== undefined) {
    const { writeHtml } = await import('./html.ts');
    await writeHtml(options.html, traces);
  }
  const failure = verdict(diagnosed, options, acknowledged);
  // Before anything is written, since a reader that closes the pipe ends the command.
  if (failure !== undefined) process.exitCode = 1;
  const format = reportFormats.find(({ name }) => name === options.format);
  if (format !== undefined) {
    const findings = reported(diagnosed, finding => ({
      fails: fails(finding, options, acknowledged),
      acknowledged: acknowledged(finding),
    }));
    print(format.render({ set: diagnosed, findings, version: pkg.version }));
  } else if (options.ndjson === true) printLines(diagnosed.diagnoses.map(diagnosisJson));
  else if (options.json === true) printJson(jsonOf(diagnosed, options.isOne));
  else print(textOf(diagnosed, screenOf(process.stdout, options.color)));
  if (failure !== undefined) say(failure);
}

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
