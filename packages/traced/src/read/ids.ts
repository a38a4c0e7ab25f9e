/** Ids that some programs write with leading zeros or in upper case, and others without, in one trace. */
import type { JaegerReference, JaegerSpan } from '../diagnosis/jaeger.ts';

/** One way to write an id: its number in hexadecimal, in lower case and without leading zeros. */
export const canonicalId = (id: string): string =>
  /^[\da-f]{1,32}$/i.test(id) ? id.toLowerCase().replace(/^0+(?=.)/, '') : id;

/** The same spans, where each reference spells the ids of a span of the trace as that span does itself. */
export function withOneSpelling(spans: JaegerSpan[]): JaegerSpan[] {
  const exact = new Set<string>();
  for (const { spanID } of spans) exact.add(spanID);
  const strays = spans.filter(span => span.references.some(reference => isStray(reference, span, exact)));
  if (strays.length === 0) return spans;
  const spelled = new Map(spans.map(({ spanID }) => [canonicalId(spanID), spanID]));
  const stray = new Set(strays);
  return spans.map(span => (stray.has(span) ? respelled(span, exact, spelled) : span));
}

const isStray = (reference: JaegerReference, span: JaegerSpan, exact: ReadonlySet<string>): boolean =>
  reference.traceID !== span.traceID || !exact.has(reference.spanID);

function respelled(
  span: JaegerSpan,
  exact: ReadonlySet<string>,
  spelled: ReadonlyMap<string, string>,
): JaegerSpan {
  const references = span.references.map(reference => {
    if (canonicalId(reference.traceID) !== canonicalId(span.traceID)) return reference;
    const { spanID } = reference;
    const known = exact.has(spanID) ? spanID : (spelled.get(canonicalId(spanID)) ?? spanID);
    return { ...reference, traceID: span.traceID, spanID: known };
  });
  return { ...span, references };
}
