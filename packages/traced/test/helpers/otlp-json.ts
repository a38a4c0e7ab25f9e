/** OTLP in JSON as the readers' tests have it. */

/** The least that a span of OTLP has. */
export const otlpSpan = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  startTimeUnixNano: '1',
  endTimeUnixNano: '2',
};

/** A document of that span, and of another one of which `parts` differ. */
export const otlp = (parts: object) => ({
  resourceSpans: [{ scopeSpans: [{ spans: [otlpSpan, { ...otlpSpan, ...parts }] }] }],
});
