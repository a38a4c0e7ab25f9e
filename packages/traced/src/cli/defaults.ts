/** What options are without being given. */
export const defaults = {
  jaeger: 'http://localhost:16686',
  /** µs, with how it is written. */
  timeout: { time: 30e6, text: '30s' },
  since: { time: 2 * 86_400e6, text: '2d' },
  every: { time: 2e6, text: '2s' },
  last: 20,
  others: 20,
  port: 16_680,
  /** Of `traced dev`, as Jaeger and OpenTelemetry have them. */
  jaegerPort: 16_686,
  collectorPort: 14_268,
  otlpPort: 4_318,
};
