/** Where traces come from: ids, addresses of Jaeger's page, files, standard input, or a search. */
import { type Stats, statSync } from 'node:fs';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import type { BackendOptions } from './backend-address.ts';
import { defaults } from './defaults.ts';
import { readTraceFile } from './files.ts';
import { sameId } from './ids.ts';
import { InputError } from './input-error.ts';
import type { Jaeger } from './jaeger.ts';
import { described, jaegerOf, type SearchOptions, searchTraces } from './search.ts';
import { systemReason } from './system-reasons.ts';
import { progress } from './terminal.ts';

export interface SourceOptions extends SearchOptions {
  /** The beginning of one trace's id: only this one of those that were read. */
  trace?: string;
}

/**
 * The traces that the arguments name or, without any, that the search finds, the latest first.
 * @throws InputError where there is none, or something cannot be read
 */
export async function tracesOf(sources: readonly string[], options: SourceOptions): Promise<JaegerTrace[]> {
  const traces = sources.length > 0 ? await readSources(sources, options) : await searchTraces(options);
  if (traces.length === 0) throw new InputError(`there is no trace of ${described(options)}`);
  return options.trace === undefined ? traces : [chosen(traces, options.trace)];
}

const searching = ['service', 'operation', 'tag', 'minDuration', 'maxDuration', 'since', 'last'] as const;

/** @throws InputError where one of them cannot be read, or the options ask for a search as well */
export async function readSources(
  sources: readonly string[],
  options: SearchOptions,
): Promise<JaegerTrace[]> {
  const both = searching.find(name => options[name] !== undefined);
  if (both !== undefined) {
    const option = both.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    throw new InputError(`--${option} is for a search in Jaeger: name traces or search for them, not both`);
  }
  if (sources.filter(source => source === '-').length > 1) throw new InputError('- can be given only once');
  const traces: JaegerTrace[] = [];
  for (const source of sources.flatMap(each => (statsOf(each) ? [each] : each.split(',')))) {
    for (const trace of await readSource(source, options)) traces.push(trace);
    progress.step(`${traces.length} ${traces.length === 1 ? 'trace' : 'traces'} read`);
  }
  return traces;
}

async function readSource(source: string, options: BackendOptions): Promise<JaegerTrace[]> {
  const place = placeOf(source, options);
  if (place !== undefined) return [await place.jaeger.traceBeginningWith(place.id, defaults.since.time)];
  if (source === '-' || statsOf(source)) return readTraceFile(source);
  throw new InputError(
    `"${source}": no such file, and neither an address like http://host/trace/ID nor a trace id ` +
      '(up to 32 hexadecimal digits)',
  );
}

/**
 * The Jaeger that a trace is at, by its id, or by the address that a browser shows for it, `http://host/trace/ID`.
 * Undefined where the source is neither. @throws InputError where it is another address
 */
export function placeOf(source: string, options: BackendOptions): { jaeger: Jaeger; id: string } | undefined {
  // A folder may be named like an id, but cannot be meant.
  if (statsOf(source)?.isDirectory() === false) return undefined;
  if (/^[0-9a-f]{1,32}$/i.test(source)) return { jaeger: jaegerOf(options), id: source };
  if (!/^https?:\/\//i.test(source)) return undefined;
  const url = URL.canParse(source) ? new URL(source) : undefined;
  // Its path alone, with `..` taken out: what follows may hold other addresses.
  const [, base, id] =
    /^(.*?)\/(?:api\/traces|trace)\/([0-9a-f]{1,32})(?:\/.*)?$/i.exec(url?.pathname ?? '') ?? [];
  if (url === undefined || base === undefined || id === undefined)
    throw new InputError('a trace’s address must end in /trace/ID, as a browser shows it');
  url.pathname = base;
  return { jaeger: jaegerOf(options, url.href), id };
}

/** Of what is at a path; undefined where nothing is. @throws InputError where that cannot be known */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // As a list of ids or a long address is, which are no paths.
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return undefined;
    throw new InputError(`${path} cannot be read: ${systemReason(error as NodeJS.ErrnoException)}`);
  }
}

function chosen(traces: readonly JaegerTrace[], id: string): JaegerTrace {
  const same = traces.filter(({ traceID }) => sameId(traceID) === sameId(id));
  const begins = ({ traceID }: JaegerTrace): boolean =>
    traceID.toLowerCase().startsWith(id.toLowerCase()) || sameId(traceID).startsWith(sameId(id));
  const found = same.length === 1 ? same : traces.filter(begins);
  if (found.length === 1) return found[0] as JaegerTrace;
  const count = found.length === 0 ? 'none has' : `${found.length} have`;
  throw new InputError(`of ${traces.length} traces, ${count} an id that begins with "${id}"`);
}
