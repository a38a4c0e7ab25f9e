/** The commands of `traced` and their options. What a command does is loaded only when it is run. */
import { Command, CommanderError, Option } from 'commander';
import pkg from '../../package.json' with { type: 'json' };
import { addCapture } from './capture-options.ts';
import { action, command } from './command.ts';
import { defaults } from './defaults.ts';
import { addDev, addInit } from './dev-options.ts';
import {
  addFilters,
  addJaeger,
  addLimits,
  addSearch,
  color,
  exits,
  format,
  html,
  json,
  ndjson,
  only,
  tag,
} from './options.ts';
import { print } from './terminal.ts';
import { parseCount, parseTimeWithin } from './units.ts';

const sources = `
Traces are named by:
  ID           a trace's id, looked up at --jaeger; several with commas between
  http://…/ID  the address of a trace in a browser, at any Jaeger
  FILE         Jaeger's, OpenTelemetry's or Zipkin's, gzipped or not, one trace
               or many
  -            the same on standard input
or searched for with --service.`;

export function createProgram(): Command {
  // Commander takes a variable that is set but empty for a value.
  if (process.env['JAEGER_URL']?.trim() === '') delete process.env['JAEGER_URL'];
  const program = new Command('traced')
    .description('Reads traces: why a request was slow, and what fixing it would save.')
    .version(`traced ${pkg.version}`, '-V, --version')
    .helpCommand('help [command]', 'show how a command is used')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('(add --help to see how it is used)')
    .configureOutput({ writeOut: print })
    .exitOverride();
  program.addHelpText(
    'after',
    '\nStart with: traced diagnose ID   or   traced diagnose --service NAME --last 50',
  );
  addReaders(program);
  addServices(program);
  addCompare(program);
  addCapture(program);
  addWatch(program);
  addUi(program);
  addInit(program);
  addDev(program);
  addCompletion(program);
  return program;
}

function addReaders(program: Command): void {
  const traces = reader(program, 'traces')
    .summary('list traces')
    .description(
      'Lists traces, a line each: when, how long, how many spans and failed ones, what, and the id.',
    )
    .addOption(ndjson('a summary'))
    .addHelpText('after', sources);
  action(traces, () => import('./commands/traces.ts'));
  const show = reader(program, 'show')
    .summary('draw a trace')
    .description('Draws traces as waterfalls, with the critical path marked.')
    .addOption(ndjson('Jaeger’s JSON'))
    .addOption(only())
    .addOption(color())
    .addOption(html())
    .addHelpText('after', sources);
  action(show, () => import('./commands/show.ts'));
  const diagnose = reader(program, 'diagnose')
    .summary('say where the time of a trace went, and what would save some')
    .description('Says where the time went, what of it was unnecessary, and what fixing it would save.')
    .addOption(ndjson('a diagnosis'))
    .addOption(only())
    .addOption(color())
    .addOption(html())
    .addOption(
      new Option(
        '--others <count>',
        'beside how many other traces of the same request one trace is read, where a Jaeger has them',
      )
        .argParser(parseCount(0, 1_000))
        .default(defaults.others),
    )
    .addOption(format())
    .addHelpText('after', sources + exits);
  addLimits(diagnose);
  action(diagnose, () => import('./commands/diagnose.ts'));
}

function addServices(program: Command): void {
  const services = command(program, 'services')
    .summary('list the services that a Jaeger has traces of, or the operations of one')
    .description('Lists the services that a Jaeger has traces of, or the operations of one, a line each.')
    .argument('[service]', 'list its operations')
    .addOption(json());
  addJaeger(services);
  action(services, () => import('./commands/services.ts'));
}

function addCompare(program: Command): void {
  const compare = command(program, 'compare')
    .summary('say what changed between two traces, or two sets of them')
    .description(
      'Compares two traces or two sets of them, path by path, and says which path made the change.',
    )
    .argument('[before]', 'traces, named as below')
    .argument('[after]', 'traces to compare with them')
    .addOption(json())
    .addOption(color())
    .addOption(html());
  addSearch(compare)
    .addOption(tag('--before-tag <key=value>', 'only these are before; can be repeated'))
    .addOption(tag('--after-tag <key=value>', 'only these are after; can be repeated'))
    .addHelpText(
      'after',
      `${sources}
The sides of a search, of --last traces each, are told apart by a tag:
  --service NAME --last 50 --before-tag version=1 --after-tag version=2`,
    );
  action(compare, () => import('./commands/compare.ts'));
}

function addWatch(program: Command): void {
  const watch = command(program, 'watch')
    .summary('show new traces as they come, each with its worst finding')
    .description('Shows new traces as they come, a line each, with its worst finding. Ctrl-C ends it.')
    .addOption(json('a line of JSON for each'))
    .addOption(
      new Option('--every <time>', 'how often Jaeger is asked')
        .argParser(parseTimeWithin('50ms', '1h'))
        .default(defaults.every.time, defaults.every.text),
    );
  addJaeger(watch);
  addFilters(watch);
  action(watch, () => import('./commands/watch.ts'));
}

function addUi(program: Command): void {
  const ui = command(program, 'ui')
    .summary('serve the page with its findings over any Jaeger')
    .description('Serves the page over any Jaeger, on this machine only, until Ctrl-C.')
    .addOption(
      new Option('--port <port>', '0 for any free one')
        .argParser(parseCount(0, 65_535))
        .default(defaults.port),
    );
  addJaeger(ui);
  action(ui, () => import('./commands/ui.ts'));
}

function addCompletion(program: Command): void {
  const completion = command(program, 'completion')
    .summary('print what makes a shell complete the commands')
    .argument('[shell]', 'bash, zsh or fish; the one of $SHELL unless given')
    .description('Prints a script that makes the shell complete commands, options, services and operations.')
    .addHelpText(
      'after',
      `
  bash   echo 'source <(traced completion bash)' >> ~/.bashrc
  zsh    echo 'source <(traced completion zsh)' >> ~/.zshrc    (after compinit)
  fish   traced completion fish > ~/.config/fish/completions/traced.fish`,
    );
  action(completion, () => import('./commands/completion.ts'));
  const complete = program.command('complete-line', { hidden: true }).argument('<line>').helpOption(false);
  complete.action(async (line: string) => {
    const { completeLine } = await import('./completion.ts');
    await completeLine(program, line);
  });
}

function reader(program: Command, name: string): Command {
  const reading = command(program, name).argument('[traces...]', 'traces, named as below').addOption(json());
  return addSearch(reading).optionsGroup('Options:');
}

/** What commander ends with, as the exit status of this command. */
export function exitStatusOf(error: CommanderError): number {
  return error.exitCode === 0 ? 0 : 2;
}

export { CommanderError };
