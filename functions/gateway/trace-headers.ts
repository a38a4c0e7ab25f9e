/**
 * The headers that carry a trace context or baggage in any known format. The gateway does not forward a client's,
 * whatever OTEL_PROPAGATORS says: a function behind it may read more formats than the gateway writes.
 */
const names: ReadonlySet<string> = new Set([
  // W3C, with what came before Baggage
  'traceparent',
  'tracestate',
  'traceresponse',
  'baggage',
  'correlation-context',
  // Zipkin's B3; x-b3-* below
  'b3',
  // Jaeger; uberctx-* below
  'uber-trace-id',
  'jaeger-debug-id',
  'jaeger-baggage',
  // clouds
  'x-amzn-trace-id',
  'x-cloud-trace-context',
  'request-id',
  'request-context',
  // OpenCensus over gRPC
  'grpc-trace-bin',
  'grpc-tags-bin',
  // SkyWalking
  'sw3',
  'sw6',
  'sw8',
  'sw8-correlation',
  'sw8-x',
  // vendors
  'elastic-apm-traceparent',
  'newrelic',
  'sentry-trace',
  'x-dynatrace',
  'x-honeycomb-trace',
  'x-ot-span-context',
  'x-trace',
]);

const prefixes = [
  'x-b3-',
  'uberctx-',
  'ot-tracer-',
  'ot-baggage-',
  'x-datadog-',
  'x-instana-',
  'x-newrelic-',
  'l5d-ctx-',
  'eagleeye-',
];

/** @param name in lower case */
export const isTraceHeader = (name: string): boolean =>
  names.has(name) || prefixes.some(prefix => name.startsWith(prefix));
