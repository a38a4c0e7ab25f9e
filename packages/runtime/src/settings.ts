import { otelSettings, propagatorNames } from './otel-settings.ts';
import { known } from './otel-values.ts';
import {
  boolean,
  bytes,
  ConfigError,
  integer,
  oneOf,
  readSettings,
  setting,
  text,
  url,
  type Values,
} from './setting.ts';

const hour = 3_600_000;

/** The deadline of requests that have none, in ms: the largest that X-Request-Timeout-Ms can say, eleven days. */
export const noDeadline = 999_999_999;

/** The framework's: what browsers and crawlers ask for by themselves. */
export const defaultIgnoredRoutes = '/favicon.ico,/robots.txt';

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
    fallback: defaultIgnoredRoutes,
    mayBeEmpty: true,
    parse: list =>
      list
        .split(',')
        .map(path => path.trim())
        .filter(Boolean),
    meaning:
      'Express paths that get 404, comma-separated; empty: none; the default is for http functions alone',
  }),
  errorResponses: setting({
    name: 'ERROR_RESPONSES',
    fallback: 'problem',
    parse: oneOf('problem', 'framework'),
    meaning:
      'how a function’s failures are sent: problem (RFC 9457) or framework (its text, with the message unless NODE_ENV=production)',
  }),
  healthCheck: setting({
    name: 'HEALTH_CHECK',
    fallback: 'true',
    parse: boolean,
    meaning: 'whether the runtime responds to GET /healthz itself, untraced: true or false',
  }),
  logExecutionId: setting({
    name: 'LOG_EXECUTION_ID',
    fallback: 'false',
    parse: boolean,
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
    fallback: '30000',
    parse: integer(0, hour),
    meaning:
      'a request’s deadline in ms, passed on as X-Request-Timeout-Ms; a smaller one that comes in wins; 0: none, and uploads may be slow',
  }),
  timeoutSeconds: setting({
    name: 'CLOUD_RUN_TIMEOUT_SECONDS',
    fallback: '0',
    parse: integer(0, hour / 1_000),
    meaning:
      'the framework’s name for the same, in seconds; used where REQUEST_TIMEOUT_MS is not set, unless 0',
  }),
  requestBodyLimit: setting({
    name: 'REQUEST_BODY_LIMIT',
    fallback: '32MiB',
    parse: bytes,
    meaning: 'the largest request body, inflated: in bytes, or with a unit such as 10mb or 32MiB',
  }),
  startTimeoutMs: setting({
    name: 'START_TIMEOUT_MS',
    fallback: '60000',
    parse: integer(1, hour),
    meaning:
      'how long a function’s onStart hooks may take in all, before the process gives up with exit status 1',
  }),
  lameDuckMs: setting({
    name: 'LAME_DUCK_MS',
    fallback: '500',
    parse: integer(0, hour),
    meaning: 'how long a function goes on serving after SIGTERM, with “Connection: close” in its responses',
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
    fallback: 'otlp',
    parse: oneOf('otlp', 'jaeger', 'console', 'none'),
    meaning: 'where spans go: otlp, jaeger, console or none',
  }),
  jaegerEndpoint: setting({
    name: 'OTEL_EXPORTER_JAEGER_ENDPOINT',
    fallback: 'http://localhost:14268/api/traces',
    parse: url('http', 'https'),
    meaning:
      'Jaeger’s collector, for the exporter jaeger; unused where OTEL_EXPORTER_JAEGER_AGENT_HOST is set',
  }),
  propagators: setting({
    name: 'OTEL_PROPAGATORS',
    fallback: 'tracecontext,baggage',
    // An unknown one is no reason not to start (OpenTelemetry's specification); `cleanEnvironment` warns of it.
    parse: list => {
      const names = known(propagatorNames, list);
      return names.length > 0 ? names : known(propagatorNames, otelSettings['OTEL_PROPAGATORS']?.fallback);
    },
    meaning: `how the trace’s context travels: ${propagatorNames.join(', ')}`,
  }),
};

export type Config = Values<typeof settings>;

/**
 * Reads every setting from the environment.
 * @throws ConfigError with a line for each setting that can't be used
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const config = readSettings(settings, env);
  const { lameDuckMs, shutdownTimeoutMs, timeoutSeconds } = config;
  if (!env['REQUEST_TIMEOUT_MS']?.trim() && timeoutSeconds > 0)
    config.requestTimeoutMs = timeoutSeconds * 1_000;
  config.requestTimeoutMs ||= noDeadline;
  // The default gives way to a short stop by itself, and leaves half of it to the requests under way.
  if (!env['LAME_DUCK_MS']?.trim())
    config.lameDuckMs = Math.min(lameDuckMs, Math.floor(shutdownTimeoutMs / 2));
  else if (lameDuckMs >= shutdownTimeoutMs) {
    throw new ConfigError(
      `LAME_DUCK_MS="${lameDuckMs}" must be less than SHUTDOWN_TIMEOUT_MS="${shutdownTimeoutMs}", of which it is a part`,
    );
  }
  return config;
}
