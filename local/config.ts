import { parseArgs } from 'node:util';
import {
  ConfigError,
  integer,
  optional,
  readSettings,
  setting,
  text,
  url,
  type Values,
} from '@traced-functions/runtime/settings';
import { exerciseFaults, faults, parseFaults } from '../functions/shared/faults.ts';

export { ConfigError };

/** The arguments can't be used; the message is for stderr, above the usage, and the exit status is 2. */
export class UsageError extends Error {}

const port = (name: string, fallback: string, meaning: string) =>
  setting({ name, fallback, parse: integer(0, 65_535), meaning: `${meaning} (0: any free port)` });

const maybe = (name: string, protocols: string[], meaning: string) =>
  setting({ name, fallback: '', parse: optional(url(...protocols)), meaning, secret: true });

/** What `npm start` itself reads; all else goes to the functions as it is. */
export const settings = {
  gatewayPort: port('PORT', '8080', 'the gateway'),
  queryPort: port('JAEGER_PORT', '16686', 'traces: page and query API'),
  collectorPort: port('COLLECTOR_PORT', '14268', 'spans: Jaeger thrift over HTTP'),
  otlpPort: port('OTLP_PORT', '4318', 'spans: OTLP over HTTP'),
  faults: setting({
    name: 'FAULTS',
    fallback: '',
    parse: list => [...parseFaults(list)].join(','),
    meaning: 'the faults that are on, separated by commas',
  }),
  redisUrl: maybe('REDIS_URL', ['redis', 'rediss'], 'a Redis to use instead of one of our own'),
  upstreamUrl: maybe(
    'UPSTREAM_URL',
    ['http', 'https'],
    'the page that beta and redis GET, instead of a stand-in',
  ),
  redisLostUrl: maybe('REDIS_LOST_URL', ['redis', 'rediss'], 'what redis-lost-primary tries first'),
  jaegerEndpoint: maybe(
    'OTEL_EXPORTER_JAEGER_ENDPOINT',
    ['http', 'https'],
    'with JAEGER_URL, a Jaeger to use instead of our own: its collector',
  ),
  jaegerUrl: maybe('JAEGER_URL', ['http', 'https'], 'its query API'),
  logLevel: setting({
    name: 'LOG_LEVEL',
    fallback: 'warning',
    parse: text,
    meaning: 'the least severity of the functions’ lines that are shown',
  }),
};

export interface LocalConfig
  extends Omit<Values<typeof settings>, 'jaegerEndpoint' | 'jaegerUrl' | 'logLevel'> {
  /** The Jaeger that is there already and used instead of a collector of our own. */
  jaeger: { endpoint: string; url: string } | undefined;
  /** Whether only the first request is shown. */
  quiet: boolean;
  /** What is worth saying about the settings. */
  notes: string[];
}

/** `name  text`, the text in a column of its own that ends before the 80th. */
function item(name: string, description: string, column = 25): string {
  const lines = description.match(new RegExp(`\\S.{0,${78 - column}}(?=\\s|$)`, 'g')) ?? [];
  const head = `  ${name}`;
  const first = head.length < column ? `${head.padEnd(column)}${lines.shift() ?? ''}` : head;
  return [first, ...lines.map(line => ' '.repeat(column) + line)].join('\n');
}

const faultLines = Object.entries(faults).map(([name, { meaning }]) => item(name, meaning));
const variableLines = Object.values(settings).map(({ name, fallback, meaning }) =>
  item(`${name} ${fallback}`.trimEnd(), meaning),
);

export const usage = `usage: npm start [-- --v1] [--quiet]

Runs the functions, a trace collector with Jaeger's query API, and what they
need beside it, without Docker; sends one request and shows its trace, and
that of every request that comes later. A function is started again when its
code changes.

  --v1    with the exercise's faults (all below but alpha-broken)
  --quiet shows the first request only
  --help  this text

Variables:
${variableLines.join('\n')}
${item('OTEL_*', 'passed on to the functions')}

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
  const chosen =
    options.v1 === true && env['FAULTS'] === undefined ? { FAULTS: exerciseFaults.join(',') } : {};
  const { jaegerEndpoint, jaegerUrl, logLevel: _, ...values } = readSettings(settings, { ...env, ...chosen });
  refuseTwins(values);
  const quiet = options.quiet === true;
  if (jaegerEndpoint !== undefined && jaegerUrl !== undefined) {
    const jaeger = { endpoint: jaegerEndpoint, url: jaegerUrl.replace(/\/+$/, '') };
    return { ...values, jaeger, quiet, notes: [] };
  }
  const alone = jaegerEndpoint ? 'OTEL_EXPORTER_JAEGER_ENDPOINT' : jaegerUrl ? 'JAEGER_URL' : undefined;
  const notes = alone
    ? [`${alone} is not used: OTEL_EXPORTER_JAEGER_ENDPOINT and JAEGER_URL go together`]
    : [];
  return { ...values, jaeger: undefined, quiet, notes };
}

function readArguments(args: readonly string[]): { v1?: boolean; quiet?: boolean; help?: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { v1: { type: 'boolean' }, quiet: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export const portVariables = {
  gatewayPort: settings.gatewayPort.name,
  queryPort: settings.queryPort.name,
  collectorPort: settings.collectorPort.name,
  otlpPort: settings.otlpPort.name,
};

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
