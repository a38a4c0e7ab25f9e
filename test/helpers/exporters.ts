import type { TraceBackend } from '../../packages/traced/src/dev/traces/backend.ts';

/** The variables by which a function sends its spans to a backend, by either exporter. */
export const exportersTo = ({
  collectorPort,
  otlpPort,
}: Pick<TraceBackend, 'collectorPort' | 'otlpPort'>) => ({
  jaeger: {
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: `http://127.0.0.1:${collectorPort}/api/traces`,
  },
  otlp: {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${otlpPort}`,
  },
});
