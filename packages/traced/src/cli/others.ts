/** Traces of the same kind as one, beside which some flaws show that it alone hides. */
import { buildTree, type TraceTree } from '../diagnosis/tree.ts';
import { sameId } from './ids.ts';
import type { Jaeger } from './jaeger.ts';

/** With so many it is known well enough what is usual. */
const mostTraces = 20;
/** Together; they are fetched only for this. */
const mostSpans = 20_000;
/** µs before and after. */
const near = 3_600e6;
/** A slow Jaeger is not waited for: ms. */
const patienceMs = 3_000;

/** Requests to the same root from around the same time; none where Jaeger cannot tell, or takes too long. */
export async function othersLike(
  { trace, root, start }: TraceTree,
  jaeger: Jaeger | undefined,
): Promise<TraceTree[]> {
  const limit = Math.min(mostTraces, Math.floor(mostSpans / Math.max(1, trace.spans.length)));
  if (jaeger === undefined || root === undefined || limit < 2) return [];
  const search = {
    service: root.service,
    operation: root.name,
    tags: {},
    start: Math.max(0, start - near),
    end: start + near,
    limit,
  };
  const found = await jaeger
    .within(patienceMs)
    .traces(search)
    .catch(() => []);
  return found.filter(({ traceID }) => sameId(traceID) !== sameId(trace.traceID)).map(buildTree);
}
