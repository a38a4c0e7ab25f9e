/** The command's flags, each of which stands for the variable beside it and wins over it. */
import { parseArgs } from 'node:util';
import { ConfigError } from './setting.ts';

interface Flag {
  variable: string;
  /** Whether it may stand alone, for `true`. */
  isSwitch?: boolean;
  meaning: string;
}

export const flags: Readonly<Record<string, Flag>> = {
  target: { variable: 'FUNCTION_TARGET', meaning: 'the function to run, by its registered or exported name' },
  source: { variable: 'FUNCTION_SOURCE', meaning: 'the file or folder that it is in (default: this folder)' },
  'signature-type': { variable: 'FUNCTION_SIGNATURE_TYPE', meaning: 'http, event or cloudevent' },
  port: { variable: 'PORT', meaning: 'where to listen (default: 8080; 0: any free port)' },
  timeout: { variable: 'CLOUD_RUN_TIMEOUT_SECONDS', meaning: 'a request’s deadline in seconds' },
  'ignored-routes': { variable: 'IGNORED_ROUTES', meaning: 'Express path that gets 404' },
  'log-execution-id': {
    variable: 'LOG_EXECUTION_ID',
    isSwitch: true,
    meaning: 'adds the execution’s id to what the function logs',
  },
};

export const usage = `usage: traced-functions [--target=NAME] [--source=PATH] [--port=PORT] ...
       traced-functions build [FOLDER] ...      (traced-functions build --help)

Runs a function written for the Google Functions Framework, traced; build makes a
bundle or an image of it.

${Object.entries(flags)
  .map(([name, { variable, meaning }]) => `  --${name.padEnd(17)} ${meaning}\n${' '.repeat(22)}[${variable}]`)
  .join('\n')}
  --help              this text

Where spans go: OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT and the other
variables that OpenTelemetry defines.
`;

/** Gives each switch that stands alone its value; the framework takes one with a value, too. */
function withValues(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const isAlone = flags[arg.slice(2)]?.isSwitch && !/^(?:true|false)$/i.test(args[index + 1] ?? '');
    return isAlone ? `${arg}=true` : arg;
  });
}

/**
 * Reads the arguments after the program's name.
 * @returns what the environment becomes by them, or `help`
 * @throws ConfigError for what is no flag of the command, or has no value
 */
export function environmentOf(args: readonly string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | 'help' {
  if (args.length === 0) return env;
  const options = Object.fromEntries(Object.keys(flags).map(name => [name, { type: 'string' } as const]));
  try {
    const { values } = parseArgs({
      args: withValues(args),
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    });
    if (values['help']) return 'help';
    const given = Object.entries(values).map(([name, value]) => [
      flags[name]?.variable ?? name,
      String(value),
    ]);
    return { ...env, ...Object.fromEntries(given) };
  } catch (error) {
    throw new ConfigError(
      `${(error as Error).message.split('. ')[0]}; traced-functions --help lists the flags`,
    );
  }
}
