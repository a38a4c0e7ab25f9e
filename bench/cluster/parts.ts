/** What the time of a cold request went to, as its trace has it. */

import { forward, kubectl } from '../../e2e/kubectl.ts';
import { Jaeger, type Span, spansOf } from '../../e2e/trace.ts';
import type { JaegerTrace } from '../../packages/traced/src/diagnosis/jaeger.ts';
import { median } from '../statistics.ts';

/** A stretch of the request, in ms; they follow one another and together are all of it. */
export interface Part {
  what: string;
  ms: number;
}

const phases = ['boot', 'sdk', 'load', 'listen'];

const named = (spans: readonly Span[], name: string): Span | undefined =>
  spans.find(span => span.name === name);

const endOf = ({ start, duration }: Span): number => start + duration;

/** What a trace lacks for its parts to be told. */
export function lacking(trace: JaegerTrace): string[] {
  const spans = spansOf(trace);
  return ['throttler_try', 'cold start', ...phases].filter(name => named(spans, name) === undefined);
}

/**
 * ```
 * ingress        |---------------------------------------------------|
 * throttler_try  |--------------------------------------|              the activator waits
 * cold start                       |--------------|                    boot, sdk, load, listen
 *                 Knative, Kubernetes    ours      ready   the request
 * ```
 * @returns undefined where a span is missing: Knative sends none, or not all have come
 */
export function partsOf(trace: JaegerTrace): Part[] | undefined {
  const spans = spansOf(trace);
  const waiting = named(spans, 'throttler_try');
  const start = named(spans, 'cold start');
  const own = phases.map(name => named(spans, name));
  if (waiting === undefined || start === undefined || own.includes(undefined)) return undefined;
  const first = Math.min(...spans.map(span => span.start));
  const last = Math.max(...spans.filter(({ parent }) => parent === undefined).map(endOf));
  return [
    { what: 'until its process starts', ms: (start.start - first) / 1_000 },
    ...own.flatMap(span => (span === undefined ? [] : [{ what: span.name, ms: span.duration / 1_000 }])),
    { what: 'until the activator finds it ready', ms: (endOf(waiting) - endOf(start)) / 1_000 },
    { what: 'the request', ms: (last - endOf(waiting)) / 1_000 },
  ];
}

/** The median of each part. */
export function medianParts(requests: readonly (readonly Part[])[]): Part[] {
  return (requests[0] ?? []).map(({ what }, at) => ({
    what,
    ms: median(requests.map(parts => parts[at]?.ms ?? Number.NaN)),
  }));
}

/**
 * Reads traces from the cluster's Jaeger.
 * @returns the parts' medians; none where there is no Jaeger, or Knative does not send it spans
 */
export async function readParts(traceIds: readonly string[], say: (line: string) => void): Promise<Part[]> {
  const service = ['service', '-n', 'observability', 'jaeger-query', '--ignore-not-found', '-o', 'name'];
  if ((await kubectl(['get', ...service])).trim() === '') return [];
  const query = await forward('-n', 'observability', 'svc/jaeger-query', '16686');
  try {
    const jaeger = new Jaeger(query.port);
    const wait = { withinMs: 10_000, orphansToo: false };
    const traces = await Promise.all(traceIds.map(traceId => jaeger.await(traceId, lacking, wait)));
    return medianParts(traces.flatMap(trace => [partsOf(trace) ?? []]));
  } catch (error) {
    say(`not told where the time went: ${error instanceof Error ? error.message : error}`);
    return [];
  } finally {
    query.stop();
  }
}
