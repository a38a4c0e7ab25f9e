/** `traced traces`: a line for each trace that was found. */
import { buildTree } from '../../diagnosis/tree.ts';
import { described, searchTraces } from '../search.ts';
import { readSources, type SourceOptions } from '../sources.ts';
import { summaryOf, traceTable } from '../summary.ts';
import { print, printJson, printLines, say } from '../terminal.ts';

export async function run(
  sources: string[],
  options: SourceOptions & { json?: true; ndjson?: true },
): Promise<void> {
  const traces = sources.length > 0 ? await readSources(sources, options) : await searchTraces(options);
  const summaries = traces.map(trace => summaryOf(buildTree(trace)));
  if (options.json === true) return printJson({ schema: 'traced.traces/1', traces: summaries });
  if (options.ndjson === true)
    return printLines(summaries.map(summary => ({ schema: 'traced.trace/1', ...summary })));
  if (summaries.length === 0) return say(`there is no trace of ${described(options)}`);
  const columns = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
  print(`${traceTable(summaries, columns, Date.now() * 1e3).join('\n')}\n`);
}
