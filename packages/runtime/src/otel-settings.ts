/** What becomes of each environment variable that OpenTelemetry's specification defines. */
import {
  attributes,
  boolean,
  file,
  headers,
  integer,
  type Kind,
  listOf,
  milliseconds,
  oneOf,
  probability,
  text,
  url,
} from './otel-kinds.ts';
import { propagatorNames } from './settings.ts';

export interface OtelSetting {
  name: string;
  kind: Kind;
  support: 'as specified' | 'in part' | 'not supported';
  /** What is used instead of a value that cannot be used. */
  instead: string;
  /** How it differs from the specification, for the documentation. */
  note?: string;
  /** Its value may be a secret and is not repeated. */
  isSecret?: boolean;
  /** A value that cannot be used ends the start. */
  isRefused?: boolean;
}

type Rest = Partial<Omit<OtelSetting, 'name' | 'kind' | 'instead'>>;

const one = (name: string, kind: Kind, instead: string, rest: Rest = {}): OtelSetting => ({
  name: `OTEL_${name}`,
  kind,
  instead,
  support: 'as specified',
  ...rest,
});

const none = (instead: string, ...names: string[]): OtelSetting[] =>
  names.map(name => one(name, text, instead, { support: 'not supported' }));

const general = [
  one('SDK_DISABLED', boolean, 'false'),
  one('RESOURCE_ATTRIBUTES', attributes, 'what the runtime knows of itself'),
  one('SERVICE_NAME', text, '<function>-fn'),
  one('LOG_LEVEL', oneOf('warn', 'none', 'error', 'info', 'debug', 'verbose', 'all'), 'warn', {
    support: 'in part',
    note: 'the default is warn; LOG_LEVEL holds for these lines, too',
  }),
  one('PROPAGATORS', listOf(...propagatorNames), 'the known ones, or tracecontext,baggage', {
    support: 'in part',
    note: 'xray and ottrace are unknown',
  }),
  one(
    'TRACES_SAMPLER',
    oneOf(
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
      'always_on',
      'always_off',
      'traceidratio',
    ),
    'parentbased_always_on',
    { support: 'in part', note: 'jaeger_remote, parentbased_jaeger_remote and xray are unknown' },
  ),
  one('TRACES_SAMPLER_ARG', probability, '1'),
  ...none('OTEL_RESOURCE_ATTRIBUTES', 'ENTITIES'),
  ...none('the other variables', 'CONFIG_FILE', 'EXPERIMENTAL_CONFIG_FILE'),
];

const exporters = [
  one('TRACES_EXPORTER', oneOf('jaeger', 'otlp', 'console', 'none'), 'jaeger', {
    support: 'in part',
    note: 'the default is jaeger; one exporter, not a list',
    isRefused: true,
  }),
  one('METRICS_EXPORTER', oneOf('none'), 'none', { support: 'in part', note: 'no metrics are recorded' }),
  one('LOGS_EXPORTER', oneOf('none'), 'none', { support: 'in part', note: 'the log goes to stdout' }),
];

const batches = [
  one('BSP_SCHEDULE_DELAY', milliseconds(0), '5000'),
  one('BSP_EXPORT_TIMEOUT', milliseconds(1), '30000', {
    support: 'in part',
    note: '0, no limit, is not supported',
  }),
  one('BSP_MAX_QUEUE_SIZE', integer(1), 'a queue of 8 MiB', {
    support: 'in part',
    note: 'unset, the queue is limited by its size in memory instead, 8 MiB',
  }),
  one('BSP_MAX_EXPORT_BATCH_SIZE', integer(1), '512, or OTEL_BSP_MAX_QUEUE_SIZE if that is less'),
];

const valueLength = integer(1);
const limits = [
  one('ATTRIBUTE_VALUE_LENGTH_LIMIT', valueLength, 'no limit', {
    support: 'in part',
    note: '0 is not supported',
  }),
  one('ATTRIBUTE_COUNT_LIMIT', integer(0), '128'),
  one('SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', valueLength, 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT or no limit', {
    support: 'in part',
    note: '0 is not supported',
  }),
  one('SPAN_ATTRIBUTE_COUNT_LIMIT', integer(0), 'OTEL_ATTRIBUTE_COUNT_LIMIT or 128'),
  one('SPAN_EVENT_COUNT_LIMIT', integer(0), '128'),
  one('SPAN_LINK_COUNT_LIMIT', integer(0), '128'),
  one('EVENT_ATTRIBUTE_COUNT_LIMIT', integer(0), '128'),
  one('LINK_ATTRIBUTE_COUNT_LIMIT', integer(0), '128'),
];

/** @param signal `TRACES_`, or nothing for the general ones */
function otlp(signal: string): OtelSetting[] {
  const or = (value: string) => (signal === '' ? value : `the variable without TRACES_, or ${value}`);
  const at = `EXPORTER_OTLP_${signal}`;
  return [
    one(`${at}ENDPOINT`, url, or(`http://localhost:4318${signal && '/v1/traces'}`)),
    one(`${at}PROTOCOL`, oneOf('http/protobuf', 'http/json'), or('http/protobuf'), {
      support: 'in part',
      note: 'grpc is not spoken',
    }),
    one(`${at}HEADERS`, headers, or('the pairs that can be used'), { isSecret: true }),
    one(`${at}COMPRESSION`, oneOf('gzip', 'none'), or('none')),
    one(`${at}TIMEOUT`, milliseconds(1), or('10000'), {
      support: 'in part',
      note: '0, no limit, is not supported',
    }),
    one(`${at}CERTIFICATE`, file, or('Node’s certificates')),
    one(`${at}CLIENT_KEY`, file, or('no client certificate'), { isSecret: true }),
    one(`${at}CLIENT_CERTIFICATE`, file, or('no client certificate')),
    ...none('the scheme of the endpoint', `${at}INSECURE`),
  ];
}

const otlpNames = otlp('').map(({ name }) => name.replace('OTEL_EXPORTER_OTLP_', ''));
const otlpOf = (signal: string) =>
  none('nothing, as none are exported', ...otlpNames.map(name => `EXPORTER_OTLP_${signal}_${name}`)).map(
    each => ({
      ...each,
      isSecret: /HEADERS|KEY$/.test(each.name),
    }),
  );

const jaeger = [
  one('EXPORTER_JAEGER_PROTOCOL', oneOf('http/thrift.binary'), 'what the other variables lead to', {
    support: 'in part',
    note: 'http/thrift.binary, or udp/thrift.compact where OTEL_EXPORTER_JAEGER_AGENT_HOST is set',
  }),
  one('EXPORTER_JAEGER_ENDPOINT', url, 'Jaeger in the cluster', {
    support: 'in part',
    note: 'the default is Jaeger in the cluster',
    isRefused: true,
  }),
  one('EXPORTER_JAEGER_TIMEOUT', milliseconds(1), '10000', {
    support: 'in part',
    note: '0, no limit, is not supported',
  }),
  one('EXPORTER_JAEGER_USER', text, 'no login'),
  one('EXPORTER_JAEGER_PASSWORD', text, 'no login', { isSecret: true }),
  one('EXPORTER_JAEGER_AGENT_HOST', text, 'the collector'),
  one('EXPORTER_JAEGER_AGENT_PORT', integer(1, 65_535), '6832'),
];

const others = [
  ...none(
    'OTEL_TRACES_EXPORTER',
    'EXPORTER_ZIPKIN_ENDPOINT',
    'EXPORTER_ZIPKIN_TIMEOUT',
    'EXPORTER_ZIPKIN_PROTOCOL',
  ),
  ...none(
    'nothing, as no metrics are exported',
    'EXPORTER_PROMETHEUS_HOST',
    'EXPORTER_PROMETHEUS_PORT',
    'METRICS_EXEMPLAR_FILTER',
    'METRIC_EXPORT_INTERVAL',
    'METRIC_EXPORT_TIMEOUT',
    'EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
    'EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
  ),
  ...none(
    'nothing, as no log records are exported',
    'BLRP_SCHEDULE_DELAY',
    'BLRP_EXPORT_TIMEOUT',
    'BLRP_MAX_QUEUE_SIZE',
    'BLRP_MAX_EXPORT_BATCH_SIZE',
    'LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'LOGRECORD_ATTRIBUTE_COUNT_LIMIT',
  ),
  ...none('the scheme of the endpoint', 'EXPORTER_OTLP_SPAN_INSECURE', 'EXPORTER_OTLP_METRIC_INSECURE'),
  ...otlpOf('METRICS'),
  ...otlpOf('LOGS'),
];

export const otelSettings: readonly OtelSetting[] = [
  ...general,
  ...exporters,
  ...batches,
  ...limits,
  ...otlp(''),
  ...otlp('TRACES_'),
  ...jaeger,
  ...others,
];
