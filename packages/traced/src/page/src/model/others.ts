/** Traces of the same kind as one, beside which some flaws show that it alone hides. */
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import type { TraceTree } from '../../../diagnosis/tree.ts';
import { source } from './source.ts';

/** From so many on there is something usual; with more than the most, it is known well enough. */
const mostTraces = 20;
/** Together; they are fetched only for this. */
const mostSpans = 20_000;
/** µs before and after. */
const near = 3.6e9;
/** A slow Jaeger is not waited for: ms. */
const patience = 3_000;

export async function othersLike(
  { trace, root, start }: TraceTree,
  signal: AbortSignal,
): Promise<JaegerTrace[]> {
  const limit = Math.min(mostTraces, Math.floor(mostSpans / Math.max(1, trace.spans.length)));
  if (root === undefined || limit < 2) return [];
  const search = {
    service: root.service,
    operation: root.name,
    tags: '',
    minDuration: '',
    maxDuration: '',
    start: Math.max(0, start - near),
    end: start + near,
    limit,
  };
  try {
    const found = await source.search(search, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
    return found.filter(({ traceID }) => traceID !== trace.traceID);
  } catch {
    return [];
  }
}
