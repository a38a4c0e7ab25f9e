/** `--html`: the page with the traces in it, as one file. */
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { buildTree } from '../diagnosis/tree.ts';
import { htmlFile } from '../page/build.ts';
import { writeWhole } from './output-file.ts';
import { nameOf, summaryOf } from './summary.ts';
import { progress, say } from './terminal.ts';

/**
 * @param view the page's view that the file opens with, where it is not the trace or the list of traces
 * @throws InputError where the file cannot be written
 */
export async function writeHtml(path: string, traces: readonly JaegerTrace[], view?: string): Promise<void> {
  const [first] = traces;
  const name = first === undefined ? '' : nameOf(summaryOf(buildTree(first)));
  const title = traces.length === 1 ? name : `${traces.length} traces, the first of ${name}`;
  progress.step(`writing ${path}`);
  const html = await htmlFile(traces, title, view);
  await writeWhole(path, html);
  say(`wrote ${path}`);
}
