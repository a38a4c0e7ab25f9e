/** `traced show`: traces as waterfalls. */
import { renderWaterfall } from '../../diagnosis/waterfall.ts';
import { type SourceOptions, tracesOf } from '../sources.ts';
import { type ColorOption, print, printJson, printLines, screenOf } from '../terminal.ts';

interface ShowOptions extends SourceOptions {
  json?: true;
  ndjson?: true;
  color: ColorOption;
  html?: string;
}

export async function run(sources: string[], options: ShowOptions): Promise<void> {
  const traces = await tracesOf(sources, options);
  if (options.html !== undefined) {
    const { writeHtml } = await import('../html.ts');
    await writeHtml(options.html, traces);
  }
  // Jaeger's own form, which all that reads traces understands.
  if (options.json === true) return printJson({ data: traces });
  if (options.ndjson === true) return printLines(traces);
  const screen = screenOf(process.stdout, options.color);
  print(traces.map(trace => renderWaterfall(trace, screen)).join('\n'));
}
