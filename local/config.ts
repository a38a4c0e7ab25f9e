import { parseArgs } from 'node:util';
import { faults, parseFaults } from '../runtime/faults.ts';

export interface LocalConfig {
  /** Where each server listens; 0 is any free port. */
  gatewayPort: number;
  queryPort: number;
  collectorPort: number;
  otlpPort: number;
  /** The Jaeger that is there already and used instead of a collector of our own. */
  jaeger: { endpoint: string; url: string } | undefined;
  upstreamUrl: string | undefined;
  redisUrl: string | undefined;
  redisLostUrl: string | undefined;
  /** The FAULTS of every function. */
  faults: string;
  /** What is worth saying about the settings. */
  notes: string[];
}

/** The arguments can't be used; the message is for stderr, above the usage, and the exit status is 2. */
export class UsageError extends Error {}

/** The environment can't be used; the message names the variable, and the exit status is 1. */
export class ConfigError extends Error {}

const faultLines = Object.entries(faults).map(([name, { meaning }]) => `  ${name.padEnd(20)}${meaning}`);

export const usage = `usage: npm start [-- --v1]

Runs the five functions, a trace collector with Jaeger's query API, and what
they need beside it, without Docker; sends one request and shows its trace.

  --v1    with the exercise's faults (all below but alpha-broken)
  --help  this text

Variables (0 for a port means any that is free):
  PORT 8080              the gateway
  JAEGER_PORT 16686      traces: page and query API
  COLLECTOR_PORT 14268   spans: Jaeger thrift over HTTP
  OTLP_PORT 4318         spans: OTLP over HTTP
  FAULTS                 names from the list below, separated by commas
  REDIS_URL              a Redis to use instead of one of our own
  UPSTREAM_URL           the page that beta and redis GET
  REDIS_LOST_URL         what redis-lost-primary tries first
  LOG_LEVEL warning      the least severity of the functions' lines shown
  OTEL_EXPORTER_JAEGER_ENDPOINT with JAEGER_URL
                         a Jaeger to use: its collector, its query API
  OTEL_*                 passed on to the functions

Faults:
${faultLines.join('\n')}
`;

/**
 * Reads the arguments after the program's name and the environment.
 * @throws {UsageError | ConfigError}
 */
export function readLocalConfig(args: readonly string[], env: NodeJS.ProcessEnv): LocalConfig | 'help' {
  const options = readArguments(args);
  if (options.help === true) return 'help';
  const ports = {
    gatewayPort: port(env, 'PORT', 8080),
    queryPort: port(env, 'JAEGER_PORT', 16686),
    collectorPort: port(env, 'COLLECTOR_PORT', 14268),
    otlpPort: port(env, 'OTLP_PORT', 4318),
  };
  refuseTwins(ports);
  const { jaeger, notes } = jaegerOf(env);
  return {
    ...ports,
    jaeger,
    notes,
    upstreamUrl: url(env, 'UPSTREAM_URL', ['http:', 'https:']),
    redisUrl: url(env, 'REDIS_URL', ['redis:', 'rediss:']),
    redisLostUrl: url(env, 'REDIS_LOST_URL', ['redis:', 'rediss:']),
    faults: faultsOf(env, options.v1 === true),
  };
}

function readArguments(args: readonly string[]): { v1?: boolean; help?: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { v1: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function port(env: NodeJS.ProcessEnv, name: string, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new ConfigError(`${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}

export const portVariables = {
  gatewayPort: 'PORT',
  queryPort: 'JAEGER_PORT',
  collectorPort: 'COLLECTOR_PORT',
  otlpPort: 'OTLP_PORT',
} as const;

export type PortName = keyof typeof portVariables;

function refuseTwins(ports: Readonly<Record<PortName, number>>): void {
  const owners = new Map<number, string>();
  for (const name of Object.keys(portVariables) as PortName[]) {
    const owner = owners.get(ports[name]);
    if (owner !== undefined && ports[name] !== 0) {
      throw new ConfigError(
        `${owner} and ${portVariables[name]} are both ${ports[name]}; give one another number`,
      );
    }
    owners.set(ports[name], portVariables[name]);
  }
}

function url(env: NodeJS.ProcessEnv, name: string, protocols: readonly string[]): string | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    const starts = protocols.map(protocol => `${protocol}//`).join(' or ');
    // The value is not repeated: it may hold a password.
    throw new ConfigError(`${name} must be a URL that starts with ${starts}`);
  }
  return text;
}

function jaegerOf(env: NodeJS.ProcessEnv): Pick<LocalConfig, 'jaeger' | 'notes'> {
  const endpoint = url(env, 'OTEL_EXPORTER_JAEGER_ENDPOINT', ['http:', 'https:']);
  const query = url(env, 'JAEGER_URL', ['http:', 'https:']);
  if (endpoint !== undefined && query !== undefined) {
    return { jaeger: { endpoint, url: query.replace(/\/+$/, '') }, notes: [] };
  }
  const notes =
    endpoint === undefined
      ? []
      : [
          'OTEL_EXPORTER_JAEGER_ENDPOINT is not used: set JAEGER_URL too to use that Jaeger instead of our own',
        ];
  return { jaeger: undefined, notes };
}

function faultsOf(env: NodeJS.ProcessEnv, v1: boolean): string {
  const exercise = Object.entries(faults).flatMap(([name, fault]) => (fault.v1 ? [name] : []));
  const list = env['FAULTS'] ?? (v1 ? exercise.join(',') : '');
  try {
    return [...parseFaults(list)].join(',');
  } catch (error) {
    throw new ConfigError(`FAULTS ${error instanceof Error ? error.message : error}`);
  }
}
