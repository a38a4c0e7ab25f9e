import { ConfigError, integer, oneOf, readSettings, setting, text, url, type Values } from './setting.ts';

const hour = 3_600_000;

/** Another variable's number; 0 where it has none that can be used, of which its own line tells. */
function numberIn(env: NodeJS.ProcessEnv, name: string, most: number): number {
  const value = Number(env[name]?.trim() || 0);
  return Number.isInteger(value) && value > 0 && value <= most ? value : 0;
}

export const propagatorNames = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'] as const;

/** The known ones of a list; the default where there is none of them. The others get a warning (otel-settings.ts). */
function parsePropagators(list: string): (typeof propagatorNames)[number][] {
  const names = list.split(',').map(name => name.trim().toLowerCase());
  const known = names.flatMap(name => propagatorNames.filter(each => each === name));
  return known.length > 0 ? known : ['tracecontext', 'baggage'];
}

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
    emptyIsValue: true,
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
    // 0 stands for no deadline in the framework.
    fallback: env => String(numberIn(env, 'CLOUD_RUN_TIMEOUT_SECONDS', 3_600) * 1_000 || 30_000),
    shown: '30000',
    parse: integer(1, hour),
    meaning:
      'a request’s whole budget in ms, passed on as X-Request-Timeout-Ms; a smaller one that comes in wins',
  }),
  timeoutSeconds: setting({
    name: 'CLOUD_RUN_TIMEOUT_SECONDS',
    fallback: '0',
    parse: integer(0, hour / 1_000),
    meaning:
      'the framework’s variable for the same in seconds, used where REQUEST_TIMEOUT_MS is unset; 0: not given',
  }),
  lameDuckMs: setting({
    name: 'LAME_DUCK_MS',
    // At most half of a shorter time to stop in.
    fallback: env =>
      String(Math.min(500, Math.floor((numberIn(env, 'SHUTDOWN_TIMEOUT_MS', hour) || 25_000) / 2))),
    shown: '500',
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
    parse: parsePropagators,
    meaning: 'how the trace’s context travels: tracecontext, baggage, b3, b3multi, jaeger, none',
  }),
};

export type Config = Values<typeof settings>;

/**
 * Reads every setting from the environment.
 * @throws ConfigError with a line for each setting that can't be used, by itself or beside another
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const config = readSettings(settings, env);
  const { lameDuckMs, shutdownTimeoutMs } = config;
  if (lameDuckMs < shutdownTimeoutMs) return config;
  throw new ConfigError(
    `LAME_DUCK_MS=${lameDuckMs} must be less than SHUTDOWN_TIMEOUT_MS=${shutdownTimeoutMs}, which it is a part of`,
  );
}
