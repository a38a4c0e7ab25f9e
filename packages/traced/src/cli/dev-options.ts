/** The commands `traced init`, `traced dev` and `traced dev send`, with their options. */
import { type Command, Option } from 'commander';
import { action, command } from './command.ts';
import { defaults } from './defaults.ts';
import { parseCount } from './units.ts';

const port = parseCount(0, 65_535);

/** Commander takes a variable that is set but empty for a value. */
function portOption(flags: string, description: string, variable: string, fallback: number): Option {
  const option = new Option(flags, description).argParser(port).default(fallback);
  return process.env[variable]?.trim() ? option.env(variable) : option;
}

export function addDev(program: Command): void {
  const dev = command(program, 'dev')
    .summary('run the functions of a folder, traced, and show what they do')
    .description(
      'Runs the functions of a folder, a process each, until Ctrl-C. Shows a waterfall and findings for each ' +
        'request, and serves a change at once.',
    )
    .argument('[folder]', 'a function, or a folder of them; this one unless given')
    .addOption(portOption('--port <port>', 'of the first function; the next ones follow', 'PORT', 8080))
    .option('--target <name>', 'the function that the folder registers, where it has several')
    .addOption(
      new Option('--inspect [port]', 'debugger at this port and the ones after it')
        .preset('9229')
        .argParser(port),
    )
    .option('--try <what>', 'ask the first function at once: a path to GET, or a file with a CloudEvent')
    .option('-q, --quiet', 'do not show requests')
    .optionsGroup('Traces:')
    .option('--jaeger <url>', 'a Jaeger to read, instead of a trace store; OTEL_* says where spans go')
    .addOption(
      portOption('--jaeger-port <port>', 'of the page and query API', 'JAEGER_PORT', defaults.jaegerPort),
    )
    .addOption(
      portOption('--collector-port <port>', 'for Jaeger Thrift', 'COLLECTOR_PORT', defaults.collectorPort),
    )
    .addOption(portOption('--otlp-port <port>', 'for OTLP over HTTP', 'OTLP_PORT', defaults.otlpPort))
    .addHelpText(
      'after',
      `
A function is a folder with index.ts, index.js or a package.json that has a
"main". Functions find each other by <NAME>_URL. Variables are read from .env
in the folder and in each function's own.

  traced dev                      the function, or the functions, in this folder
  traced dev functions --inspect  with a debugger
  traced dev send hello data.json a CloudEvent to the function hello`,
    );
  action(dev, () => import('./commands/dev.ts'));
  addSend(dev);
}

function addSend(dev: Command): void {
  const send = command(dev, 'send')
    .summary('send a CloudEvent to a function that traced dev runs')
    .description('Sends a CloudEvent to a function that traced dev runs, and prints the response.')
    .argument('<name>', 'the function')
    .argument('[data]', 'a file, JSON, or - for standard input; a whole CloudEvent is sent as it is')
    .option('--type <type>', 'the event’s type', 'com.example.event')
    .option('--source <source>', 'the event’s source', '/traced/dev');
  action(send, () => import('./commands/dev-send.ts'));
}

export function addInit(program: Command): void {
  const init = command(program, 'init')
    .summary('make a new function, with a test and a manifest')
    .description('Makes a folder with a new function, its test, a manifest for Knative and a README.')
    .argument('<name>', 'of the function and its folder')
    .addOption(
      new Option('--kind <kind>', 'how it is called').choices(['http', 'cloudevent']).default('http'),
    )
    .addOption(
      new Option('--language <name>', 'what it is written in')
        .choices(['typescript', 'javascript'])
        .default('typescript'),
    )
    .option('--packages <folder>', 'where the two packed packages are', '.')
    .option('--no-install', 'do not run npm install');
  action(init, () => import('./commands/init.ts'));
}
