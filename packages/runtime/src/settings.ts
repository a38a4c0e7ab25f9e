import { knownPropagators } from './otel-environment.ts';
import { otelSettings, propagatorNames } from './otel-settings.ts';
import { ConfigError, integer, oneOf, readSettings, setting, text, url, type Values } from './setting.ts';

const functionName = (value: string): string => {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(value)) throw new Error('must be the name of a folder under functions/');
  return value;
};

const hour = 3_600_000;

/** Every variable that the runtime reads, once; `OTEL_*` not listed here are OpenTelemetry's own. */
export const settings = {
  functionTarget: setting({
    name: 'FUNCTION_TARGET',
    fallback: '',
    shown: 'set by the image',
    parse: functionName,
    meaning: 'which function a process runs: a folder under functions/',
  }),
  functionSource: setting({
    name: 'FUNCTION_SOURCE',
    fallback: '',
    shown: 'functions/<FUNCTION_TARGET>/index.ts',
    parse: text,
    meaning: 'the module that registers the function, for one that lives elsewhere',
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
    parse: integer(1, hour),
    meaning:
      'a request’s whole budget in ms, passed on as X-Request-Timeout-Ms; a smaller one that comes in wins',
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
    // An unknown one is no reason not to start (OpenTelemetry's specification); `cleanEnvironment` warns of it.
    parse: list => {
      const known = knownPropagators(list);
      return known.length > 0 ? known : knownPropagators(otelSettings['OTEL_PROPAGATORS']?.fallback ?? '');
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
  const { lameDuckMs, shutdownTimeoutMs } = config;
  if (lameDuckMs >= shutdownTimeoutMs) {
    throw new ConfigError(
      `LAME_DUCK_MS="${lameDuckMs}" must be less than SHUTDOWN_TIMEOUT_MS="${shutdownTimeoutMs}", of which it is a part`,
    );
  }
  return config;
}
