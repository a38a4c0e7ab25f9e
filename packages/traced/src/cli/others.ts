/** Traces of the same kind as one, beside which some flaws show that it alone hides. */
import { buildTree, type TraceTree } from '../diagnosis/tree.ts';
import { sameId } from './ids.ts';
import { type Jaeger, JaegerError } from './jaeger.ts';

/** Together; they are fetched only for this. */
const mostSpans = 20_000;
/** µs before and after. */
const near = 3_600e6;
/** A slow Jaeger is not waited for: ms. */
const patienceMs = 3_000;

export interface Others {
  trees: TraceTree[];
  /** How many were read, or why none were; undefined where none were looked for. */
  note?: string;
}

/**
 * Requests to the same root from around the same time; none where Jaeger cannot tell, or takes too long.
 * @param most of them
 */
export async function othersLike(
  { trace, root, start }: TraceTree,
  jaeger: Jaeger | undefined,
  most: number,
): Promise<Others> {
  const limit = Math.min(most, Math.floor(mostSpans / Math.max(1, trace.spans.length)));
  if (jaeger === undefined || root === undefined || limit < 1) return { trees: [] };
  const search = {
    service: root.service,
    operation: root.name,
    tags: {},
    start: Math.max(0, start - near),
    end: start + near,
    // The trace itself is among those that are found.
    limit: limit + 1,
  };
  try {
    const found = await jaeger.within(patienceMs).traces(search);
    const others = found.filter(({ traceID }) => sameId(traceID) !== sameId(trace.traceID)).slice(0, limit);
    return { trees: others.map(buildTree), note: noteOf(others.length) };
  } catch (error) {
    if (!(error instanceof JaegerError)) throw error;
    return { trees: [], note: `Other traces of the same request could not be read: ${error.message}.` };
  }
}

const noteOf = (count: number): string =>
  count === 0
    ? 'There are no other traces of the same request from the hour around it.'
    : `Read beside ${count} other ${count === 1 ? 'trace' : 'traces'} of the same request from the hour around it.`;
