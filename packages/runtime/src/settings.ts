import { bytes, integer, oneOf, readSettings, setting, text, url, type Values } from './setting.ts';

const hour = 3_600_000;

/** Every variable that the runtime reads, once; `OTEL_*` not listed here are OpenTelemetry's own. */
export const settings = {
  functionTarget: setting({
    name: 'FUNCTION_TARGET',
    fallback: 'function',
    parse: text,
    meaning: 'the function to run, by its registered or exported name',
  }),
  functionSource: setting({
    name: 'FUNCTION_SOURCE',
    fallback: '',
    shown: 'the working directory',
    parse: text,
    meaning: 'the file or folder that the function is in',
  }),
  signatureType: setting({
    name: 'FUNCTION_SIGNATURE_TYPE',
    fallback: 'http',
    parse: oneOf('http', 'event', 'cloudevent'),
    meaning: 'the kind of an exported function: http, event or cloudevent; a registered one says it itself',
  }),
  ignoredRoutes: setting({
    name: 'IGNORED_ROUTES',
    fallback: '/favicon.ico,/robots.txt',
    parse: list =>
      list
        .split(',')
        .map(path => path.trim())
        .filter(Boolean),
    meaning: 'paths that get 404 and never reach an http function, comma-separated; empty: none',
  }),
  logExecutionId: setting({
    name: 'LOG_EXECUTION_ID',
    fallback: 'false',
    parse: value => value.toLowerCase() === 'true',
    meaning: 'whether the execution’s id is added to what the function logs: true or false',
  }),
  port: setting({
    name: 'PORT',
    fallback: '8080',
    parse: integer(0, 65535),
    meaning: 'where a function listens (0: any free port); for npm start, the gateway',
  }),
  host: setting({
    name: 'HOST',
    fallback: '',
    shown: 'all',
    parse: text,
    meaning: 'the address a function listens on',
  }),
  requestTimeoutMs: setting({
    name: 'REQUEST_TIMEOUT_MS',
    // The framework's variable, in seconds; 0 stands for no deadline there.
    fallback: () => String(Number(process.env['CLOUD_RUN_TIMEOUT_SECONDS'] || 0) * 1_000 || 30_000),
    shown: '30000',
    parse: integer(1, hour),
    meaning:
      'a request’s whole budget in ms, passed on as X-Request-Timeout-Ms; a smaller one that comes in wins',
  }),
  requestBodyLimit: setting({
    name: 'REQUEST_BODY_LIMIT',
    fallback: '32MiB',
    parse: bytes,
    meaning: 'the largest request body, inflated: in bytes, or with a unit such as 10mb or 32MiB',
  }),
  lameDuckMs: setting({
    name: 'LAME_DUCK_MS',
    fallback: '500',
    parse: integer(0, hour),
    meaning: 'how long a function goes on serving after SIGTERM, answering “Connection: close”',
  }),
  shutdownTimeoutMs: setting({
    name: 'SHUTDOWN_TIMEOUT_MS',
    fallback: '25000',
    parse: integer(1, hour),
    meaning: 'how long stopping may take in all, before what is left is cut off and counted',
  }),
  logLevel: setting({
    name: 'LOG_LEVEL',
    fallback: 'info',
    parse: oneOf('debug', 'info', 'warning', 'error'),
    meaning: 'the least severity that is logged: debug, info, warning or error',
  }),
  tracesExporter: setting({
    name: 'OTEL_TRACES_EXPORTER',
    fallback: 'jaeger',
    parse: oneOf('jaeger', 'otlp', 'console', 'none'),
    meaning: 'where spans go: jaeger, otlp, console or none',
  }),
  jaegerEndpoint: setting({
    name: 'OTEL_EXPORTER_JAEGER_ENDPOINT',
    fallback: 'http://jaeger-collector.observability.svc.cluster.local:14268/api/traces',
    parse: url('http', 'https'),
    meaning:
      'Jaeger’s collector, for the exporter jaeger; unused where OTEL_EXPORTER_JAEGER_AGENT_HOST is set',
  }),
  propagators: setting({
    name: 'OTEL_PROPAGATORS',
    fallback: 'tracecontext,baggage',
    parse: list =>
      list
        .split(',')
        .map(name => oneOf('tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none')(name.trim())),
    meaning: 'how the trace’s context travels: tracecontext, baggage, b3, b3multi, jaeger, none',
  }),
};

export type Config = Values<typeof settings>;

/**
 * Reads every setting from the environment.
 * @throws ConfigError with a line for each setting that can't be used
 */
export const readConfig = (env: NodeJS.ProcessEnv = process.env): Config => readSettings(settings, env);
