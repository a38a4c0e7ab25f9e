import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import { AggregationTemporality, AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics';
import type { MetricChannel } from './metric-push.ts';
import { isJson, otlpDestination } from './otlp-destination.ts';

/** Instruments whose values are sent as differences, by OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
const deltas: Record<string, InstrumentType[]> = {
  cumulative: [],
  delta: [InstrumentType.COUNTER, InstrumentType.OBSERVABLE_COUNTER, InstrumentType.HISTOGRAM],
  lowmemory: [InstrumentType.COUNTER, InstrumentType.HISTOGRAM],
};

/** Metrics by OTLP over HTTP, in protobuf or JSON. */
export async function otlpMetrics(env = process.env): Promise<MetricChannel> {
  const serializer = isJson('METRICS') ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const { send, close } = await otlpDestination('METRICS', body => {
    const { rejectedDataPoints = 0, errorMessage } =
      serializer.deserializeResponse(body).partialSuccess ?? {};
    return { rejected: Number(rejectedDataPoints), message: errorMessage };
  });
  const preference = env['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'] ?? 'cumulative';
  const asDelta = deltas[preference] ?? [];
  const isExponential = env['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION']?.startsWith('base2');
  return {
    options: {
      aggregationTemporalitySelector: type =>
        asDelta.includes(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
      aggregationSelector: type =>
        isExponential && type === InstrumentType.HISTOGRAM
          ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
          : { type: AggregationType.DEFAULT },
    },
    isDelta: asDelta.length > 0,
    send: metrics => send(serializer.serializeRequest(metrics) ?? new Uint8Array()),
    close,
  };
}
