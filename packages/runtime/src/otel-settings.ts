/** OpenTelemetry's environment variables: which work here, and what is used in place of a value that cannot be used. */
import { accessSync, constants } from 'node:fs';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { integer, oneOf, text, url } from './setting.ts';

export interface OtelSetting {
  /** Turns the variable's text into the form that its readers take, or throws "must be …"; none where it is not supported. */
  parse?: (text: string) => unknown;
  /** Used where it is unset or cannot be used. */
  fallback: string;
  meaning: string;
  /** Its value is not shown. */
  secret?: boolean;
}

/** Node's longest timer, in ms; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'] as const;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const positive = integer(1, Number.MAX_SAFE_INTEGER);
const milliseconds = integer(1, longestTimer);

/** OpenTelemetry's booleans: whatever is not "true" is false. */
const flag = oneOf('true', 'false');

const ratio = (value: string): string => {
  if (!/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(value) || Number(value) > 1) {
    throw new Error('must be a number from 0 to 1');
  }
  return value;
};

const readableFile = (path: string): string => {
  try {
    accessSync(path, constants.R_OK);
    return path;
  } catch {
    throw new Error('must be a file that can be read');
  }
};

/** @throws Error where one pair is not `key=value`, percent-encoded */
function pairs(list: string): [string, string][] {
  return list.split(',').flatMap(pair => {
    if (pair.trim() === '') return [];
    const at = pair.indexOf('=');
    const [key, value] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    try {
      if (at > 0 && key !== '') return [[decodeURIComponent(key), decodeURIComponent(value)]];
    } catch {}
    throw new Error('must be a list of key=value, separated by commas and percent-encoded');
  });
}

const resourceAttributes = (list: string): string => {
  for (const [key, value] of pairs(list)) {
    if (key.length > 255 || value.length > 255) throw new Error('must have at most 255 characters a value');
  }
  if (list.split(',').some(pair => pair.split('=').length > 2)) {
    throw new Error('must have each "=" in a value percent-encoded');
  }
  return list;
};

const headers = (list: string): string => {
  for (const [key, value] of pairs(list)) {
    try {
      validateHeaderName(key);
      validateHeaderValue(key, value);
    } catch {
      throw new Error('must be a list of HTTP headers');
    }
  }
  return list;
};

const compression = oneOf('gzip', 'none');
const protocol = oneOf('http/protobuf', 'http/json');
const endpoint = url('http', 'https');

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

/** A variable of OTLP’s, for all signals and for traces alone. */
const otlp = (name: string, item: OtelSetting): Record<string, OtelSetting> => ({
  [`OTEL_EXPORTER_OTLP_${name}`]: item,
  [`OTEL_EXPORTER_OTLP_TRACES_${name}`]: { ...item, meaning: `${item.meaning}, for traces alone` },
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
  OTEL_SDK_DISABLED: { parse: flag, fallback: 'false', meaning: 'true: no spans are exported' },
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
  OTEL_PROPAGATORS: {
    parse: list => list.split(',').map(name => oneOf(...propagatorNames)(name.trim())),
    fallback: 'tracecontext,baggage',
    meaning: 'how the trace’s context travels; an unknown name is ignored',
  },
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
  OTEL_METRICS_EXPORTER: { parse: oneOf('none'), fallback: 'none', meaning: 'no metrics are exported' },
  OTEL_LOGS_EXPORTER: { parse: oneOf('none'), fallback: 'none', meaning: 'logs are lines on stdout' },
  ...unsupported('entities of the resource', 'OTEL_ENTITIES'),
  ...unsupported('a configuration file', 'OTEL_CONFIG_FILE', 'OTEL_EXPERIMENTAL_CONFIG_FILE'),
  ...unsupported(
    'Zipkin',
    ...['ENDPOINT', 'TIMEOUT', 'PROTOCOL'].map(name => `OTEL_EXPORTER_ZIPKIN_${name}`),
  ),
  ...unsupported('Prometheus', 'OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT'),
  ...unsupported(
    'metrics',
    'OTEL_METRICS_EXEMPLAR_FILTER',
    'OTEL_METRIC_EXPORT_INTERVAL',
    'OTEL_METRIC_EXPORT_TIMEOUT',
    'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  ),
  ...otlpOf('METRICS', 'OTLP for metrics'),
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
