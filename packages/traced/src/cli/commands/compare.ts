/** `traced compare`: what changed between two traces or two sets of them. */
import { compare } from '../../diagnosis/compare.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { comparisonJson } from '../../diagnosis/json.ts';
import { renderComparison } from '../compare-report.ts';
import { InputError } from '../input-error.ts';
import { described, type SearchOptions, searchTraces } from '../search.ts';
import { readSources } from '../sources.ts';
import { type ColorOption, print, printJson, screenOf } from '../terminal.ts';

interface CompareOptions extends SearchOptions {
  beforeTag?: Record<string, string>;
  afterTag?: Record<string, string>;
  json?: true;
  html?: string;
  color: ColorOption;
}

export async function run(
  before: string | undefined,
  after: string | undefined,
  { beforeTag, afterTag, html, json, ...options }: CompareOptions,
): Promise<void> {
  const sides =
    before === undefined
      ? await searchSides(options, beforeTag, afterTag)
      : await readSides(before, after, options, { ...beforeTag, ...afterTag });
  const comparison = compare(...sides);
  if (html !== undefined) {
    const { writeHtml } = await import('../html.ts');
    const [a, b] = sides.map(traces => traces.map(({ traceID }) => traceID).join(','));
    await writeHtml(html, sides.flat(), `/compare?${new URLSearchParams({ a: a ?? '', b: b ?? '' })}`);
  }
  if (json === true) printJson(comparisonJson(comparison));
  else print(renderComparison(comparison, screenOf(process.stdout, options.color)));
}

type Sides = [before: JaegerTrace[], after: JaegerTrace[]];

async function readSides(
  before: string,
  after: string | undefined,
  options: SearchOptions,
  tags: Record<string, string>,
): Promise<Sides> {
  if (after === undefined) throw new InputError('name what to compare it with: traced compare BEFORE AFTER');
  if (before === '-' && after === '-') throw new InputError('- can be given only once');
  if (Object.keys(tags).length > 0) {
    throw new InputError(
      '--before-tag and --after-tag are for a search in Jaeger: name traces or search, not both',
    );
  }
  return [await readSources([before], options), await readSources([after], options)];
}

async function searchSides(
  options: SearchOptions,
  beforeTag: Record<string, string> | undefined,
  afterTag: Record<string, string> | undefined,
): Promise<Sides> {
  if (beforeTag === undefined || afterTag === undefined) {
    throw new InputError(
      'name two traces or files, or search with --service and tell the sides apart: ' +
        '--before-tag version=1 --after-tag version=2',
    );
  }
  const sides: JaegerTrace[][] = [];
  for (const own of [beforeTag, afterTag]) {
    const tag = { ...options.tag, ...own };
    const found = await searchTraces({ ...options, tag });
    if (found.length === 0) throw new InputError(`there is no trace of ${described({ ...options, tag })}`);
    sides.push(found);
  }
  return sides as Sides;
}
