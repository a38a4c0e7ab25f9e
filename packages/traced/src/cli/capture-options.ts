/** The options of `traced capture`. */
import { type Command, Option } from 'commander';
import { action, command } from './command.ts';
import { addLimits, color, exits, format, html, json, ndjson } from './options.ts';
import { parseCount } from './units.ts';

export function addCapture(program: Command): void {
  const capture = command(program, 'capture')
    .summary('run a command, such as tests, and diagnose the traces that it sends')
    .description(
      'Runs a command with a collector beside it, which the OTEL_… variables name to it, and diagnoses the traces that ' +
        'it sent. What the command prints goes to standard error.',
    )
    .argument('<command...>', 'after --, as in: traced capture --fail-on any -- npm test')
    .addOption(
      new Option('--otlp-port <port>', 'where OTLP over HTTP is taken, 0 for any free port')
        .argParser(parseCount(0, 65_535))
        .default(0),
    )
    .addOption(json())
    .addOption(ndjson('a diagnosis'))
    .addOption(format())
    .addOption(color())
    .addOption(html());
  addLimits(capture).addHelpText('after', `${exits}\nA command that fails ends with its own exit status.`);
  action(capture, () => import('./commands/capture.ts'));
}
