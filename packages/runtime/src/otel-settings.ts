/** OpenTelemetry's environment variables: which work here, and what is used in place of a value that cannot be used. */
import {
  compression,
  count,
  endpoint,
  flag,
  headers,
  listOf,
  longestTimer,
  milliseconds,
  positive,
  protocol,
  ratio,
  readableFile,
  resourceAttributes,
} from './otel-values.ts';
import { integer, oneOf, text } from './setting.ts';

export interface OtelSetting {
  /** Turns the variable's text into the form that its readers take, or throws "must be …"; none where it is not supported. */
  parse?: (text: string) => unknown;
  /** Used where it is unset or cannot be used. */
  fallback: string;
  meaning: string;
  /** Of a list: the names that may be in it. Those that are stay where another one cannot be used. */
  names?: readonly string[];
  /** Its value is not shown. */
  secret?: boolean;
}

export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'] as const;

export const metricsExporters = ['otlp', 'prometheus', 'console', 'none'] as const;

const limits = (prefix: string, of: string): Record<string, OtelSetting> => ({
  [`OTEL_${prefix}ATTRIBUTE_VALUE_LENGTH_LIMIT`]: {
    parse: positive,
    fallback: 'no limit',
    meaning: `the most characters of ${of}’s attribute`,
  },
  [`OTEL_${prefix}ATTRIBUTE_COUNT_LIMIT`]: {
    parse: count,
    fallback: '128',
    meaning: `the most attributes of ${of}`,
  },
});

/** A variable of OTLP’s, for all signals, for traces alone and for metrics alone. */
const otlp = (name: string, item: OtelSetting): Record<string, OtelSetting> => ({
  [`OTEL_EXPORTER_OTLP_${name}`]: item,
  [`OTEL_EXPORTER_OTLP_TRACES_${name}`]: { ...item, meaning: `${item.meaning}, for traces alone` },
  [`OTEL_EXPORTER_OTLP_METRICS_${name}`]: { ...item, meaning: `${item.meaning}, for metrics alone` },
});

const list = (names: readonly string[], fallback: string, meaning: string): OtelSetting => ({
  parse: listOf(names),
  names,
  fallback,
  meaning,
});

const unsupported = (meaning: string, ...names: string[]): Record<string, OtelSetting> =>
  Object.fromEntries(names.map(name => [name, { fallback: 'none', meaning }]));

/** OTLP's variables for a signal that is not exported; headers and keys may hold secrets. */
const otlpOf = (signal: string, meaning: string): Record<string, OtelSetting> => {
  const names = ['ENDPOINT', 'PROTOCOL', 'HEADERS', 'COMPRESSION', 'TIMEOUT', 'INSECURE'];
  const files = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'];
  return Object.fromEntries(
    [...names, ...files].map(name => [
      `OTEL_EXPORTER_OTLP_${signal}_${name}`,
      { fallback: 'none', meaning, secret: /HEADERS|KEY/.test(name) },
    ]),
  );
};

/** The variables of OpenTelemetry's specification, but for the two that the start refuses (settings.ts). */
export const otelSettings: Record<string, OtelSetting> = {
  OTEL_SDK_DISABLED: { parse: flag, fallback: 'false', meaning: 'true: no spans or metrics are exported' },
  OTEL_SERVICE_NAME: { parse: text, fallback: '<function>-fn', meaning: 'the service’s name' },
  OTEL_RESOURCE_ATTRIBUTES: {
    parse: resourceAttributes,
    fallback: 'none',
    meaning: 'attributes of the resource: key=value, separated by commas',
  },
  OTEL_LOG_LEVEL: {
    parse: oneOf('none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'),
    fallback: 'warn',
    meaning: 'the least severity of the SDK’s own log lines, of those that LOG_LEVEL lets through',
  },
  OTEL_PROPAGATORS: list(
    propagatorNames,
    'tracecontext,baggage',
    'how the trace’s context travels; an unknown name is ignored',
  ),
  OTEL_TRACES_SAMPLER: {
    parse: oneOf(
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ),
    fallback: 'parentbased_always_on',
    meaning: 'which traces are sampled',
  },
  OTEL_TRACES_SAMPLER_ARG: { parse: ratio, fallback: '1', meaning: 'the ratio, from 0 to 1' },
  OTEL_BSP_SCHEDULE_DELAY: {
    parse: integer(0, longestTimer),
    fallback: '5000',
    meaning: 'how long a span waits for its batch, in ms',
  },
  OTEL_BSP_EXPORT_TIMEOUT: { parse: milliseconds, fallback: '30000', meaning: 'a flush’s limit, in ms' },
  OTEL_BSP_MAX_QUEUE_SIZE: {
    parse: positive,
    fallback: '8 MiB of spans',
    meaning: 'the most spans that are queued',
  },
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: {
    parse: positive,
    fallback: '512',
    meaning: 'the spans of a batch, at most OTEL_BSP_MAX_QUEUE_SIZE (2048 where that is unset)',
  },
  ...limits('', 'anything'),
  ...limits('SPAN_', 'a span'),
  OTEL_SPAN_EVENT_COUNT_LIMIT: { parse: count, fallback: '128', meaning: 'the most events of a span' },
  OTEL_SPAN_LINK_COUNT_LIMIT: { parse: count, fallback: '128', meaning: 'the most links of a span' },
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: {
    parse: count,
    fallback: '128',
    meaning: 'the most attributes of an event',
  },
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: {
    parse: count,
    fallback: '128',
    meaning: 'the most attributes of a link',
  },
  ...otlp('ENDPOINT', {
    parse: endpoint,
    fallback: 'http://localhost:4318',
    meaning: 'the collector’s URL',
  }),
  ...otlp('PROTOCOL', { parse: protocol, fallback: 'http/protobuf', meaning: 'http/protobuf or http/json' }),
  ...otlp('HEADERS', { parse: headers, fallback: 'none', meaning: 'headers of each export', secret: true }),
  ...otlp('COMPRESSION', { parse: compression, fallback: 'none', meaning: 'gzip or none' }),
  ...otlp('TIMEOUT', { parse: milliseconds, fallback: '10000', meaning: 'one try’s limit, in ms' }),
  ...otlp('CERTIFICATE', {
    parse: readableFile,
    fallback: 'Node’s',
    meaning: 'a file with the trusted certificates',
  }),
  ...otlp('CLIENT_KEY', { parse: readableFile, fallback: 'none', meaning: 'a file with the client’s key' }),
  ...otlp('CLIENT_CERTIFICATE', {
    parse: readableFile,
    fallback: 'none',
    meaning: 'a file with the client’s certificate',
  }),
  ...otlp('INSECURE', { fallback: 'the URL’s scheme', meaning: 'is for gRPC' }),
  OTEL_EXPORTER_JAEGER_TIMEOUT: { parse: milliseconds, fallback: '10000', meaning: 'one try’s limit, in ms' },
  OTEL_EXPORTER_JAEGER_USER: { parse: text, fallback: 'none', meaning: 'the collector’s user' },
  OTEL_EXPORTER_JAEGER_PASSWORD: {
    parse: text,
    fallback: 'none',
    meaning: 'the user’s password',
    secret: true,
  },
  OTEL_EXPORTER_JAEGER_AGENT_HOST: {
    parse: text,
    fallback: 'none',
    meaning: 'an agent that gets the spans by UDP instead of the collector',
  },
  OTEL_EXPORTER_JAEGER_AGENT_PORT: {
    parse: integer(1, 65_535),
    fallback: '6832',
    meaning: 'the agent’s port',
  },
  OTEL_EXPORTER_JAEGER_PROTOCOL: {
    fallback: 'Thrift, over UDP with OTEL_EXPORTER_JAEGER_AGENT_HOST, else HTTP',
    meaning: 'the way to Jaeger',
  },
  OTEL_METRICS_EXPORTER: list(
    metricsExporters,
    'none',
    'where metrics go: otlp, prometheus, console, several of them, or none; an unknown name is ignored',
  ),
  OTEL_METRIC_EXPORT_INTERVAL: {
    parse: milliseconds,
    fallback: '60000',
    meaning: 'how often metrics are sent, in ms',
  },
  OTEL_METRIC_EXPORT_TIMEOUT: {
    parse: milliseconds,
    fallback: '30000',
    meaning: 'how long one export of metrics may take with all its tries, in ms',
  },
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: {
    parse: oneOf('cumulative', 'delta', 'lowmemory'),
    fallback: 'cumulative',
    meaning: 'whether counts sent by OTLP are since the start (cumulative) or since the last export (delta)',
  },
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: {
    parse: oneOf('explicit_bucket_histogram', 'base2_exponential_bucket_histogram'),
    fallback: 'explicit_bucket_histogram',
    meaning: 'the buckets of histograms sent by OTLP',
  },
  OTEL_EXPORTER_PROMETHEUS_HOST: {
    parse: text,
    fallback: 'localhost',
    meaning: 'the address that Prometheus gets metrics from; 0.0.0.0: all',
  },
  OTEL_EXPORTER_PROMETHEUS_PORT: {
    parse: integer(0, 65_535),
    fallback: '9464',
    meaning: 'the port that Prometheus gets metrics from, at /metrics; 0: any free port',
  },
  OTEL_LOGS_EXPORTER: { parse: oneOf('none'), fallback: 'none', meaning: 'logs are lines on stdout' },
  ...unsupported('entities of the resource', 'OTEL_ENTITIES'),
  ...unsupported('a configuration file', 'OTEL_CONFIG_FILE', 'OTEL_EXPERIMENTAL_CONFIG_FILE'),
  ...unsupported(
    'Zipkin',
    ...['ENDPOINT', 'TIMEOUT', 'PROTOCOL'].map(name => `OTEL_EXPORTER_ZIPKIN_${name}`),
  ),
  ...unsupported('exemplars of metrics', 'OTEL_METRICS_EXEMPLAR_FILTER'),
  ...otlpOf('LOGS', 'OTLP for log records'),
  ...unsupported(
    'log records',
    ...['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].map(
      name => `OTEL_BLRP_${name}`,
    ),
    'OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
  ),
};
