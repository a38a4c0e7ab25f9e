/** The options that several commands have. */
import { type Command, Option } from 'commander';
import { certainties, findingKinds } from '../diagnosis/findings.ts';
import { defaults } from './defaults.ts';
import { reportFormats } from './reports/index.ts';
import {
  parseCount,
  parseKinds,
  parseMilliseconds,
  parseObjective,
  parseTag,
  parseTime,
  parseTimeWithin,
} from './units.ts';

export function addSearch(reading: Command): Command {
  addJaeger(reading);
  addFilters(reading);
  const count = parseCount(1, 10_000);
  return reading
    .option('--since <time>', `how far back (default: ${defaults.since.text})`, parseTime)
    .option('-n, --last <count>', `the latest so many, also --limit (default: ${defaults.last})`, count)
    .addOption(new Option('--limit <count>').argParser(count).hideHelp());
}

export function addJaeger(reading: Command): void {
  reading
    .optionsGroup('Jaeger:')
    .addOption(
      new Option('--jaeger <url>', 'its address, with a base path if it has one')
        .env('JAEGER_URL')
        .default(defaults.jaeger),
    )
    .addOption(
      new Option(
        '--header <header>',
        'sent to it, such as "X-Scope-OrgID: team-a"; can be repeated',
      ).argParser((header: string, before: string[] = []) => [...before, header]),
    )
    .addOption(
      new Option('--timeout <time>', 'for each of its responses')
        .argParser(parseTimeWithin('1ms', '1h'))
        .default(defaults.timeout.time, defaults.timeout.text),
    );
}

export function addFilters(reading: Command): void {
  reading
    .optionsGroup('Search:')
    .option('-s, --service <name>', 'traces with a span of this service')
    .option('-o, --operation <name>', 'of this name')
    .addOption(tag('-t, --tag <key=value>', 'with this tag; can be repeated'))
    .option('--min-duration <time>', 'that took at least this: 250ms, 1.5s', parseTime)
    .option('--max-duration <time>', 'that took at most this', parseTime);
}

export const json = (description = 'print JSON') => new Option('--json', description);
export const only = () =>
  new Option('--trace <id>', 'of several in a file, the one whose id begins like this');
export const html = () =>
  new Option('--html <file>', 'also write one HTML file with the traces in it, for a browser');
export const tag = (flags: string, description: string) => new Option(flags, description).argParser(parseTag);

/** A line of JSON for each trace, which can be read again line by line. */
export const ndjson = (what: string) => new Option('--ndjson', `print ${what} for each trace, a line each`);

export const color = () =>
  new Option('--color <when>', 'colours: auto (on a terminal, by NO_COLOR and FORCE_COLOR), always or never')
    .choices(['auto', 'always', 'never'])
    .default('auto');

export const format = () =>
  new Option('--format <report>', 'print a report for other programs').choices(
    reportFormats.map(({ name }) => name),
  );

/** What makes the command end with exit status 1. */
export function addLimits(command: Command): Command {
  return command
    .optionsGroup('To fail a pipeline:')
    .addOption(
      new Option(
        '--fail-on <kinds>',
        `exit with 1 at these kinds of findings, commas between, or any; kinds: ${findingKinds.join(', ')}`,
      ).argParser(parseKinds),
    )
    .addOption(
      new Option('--certainty <least>', 'the least certain finding that counts')
        .choices([...certainties])
        .default('likely'),
    )
    .addOption(
      new Option(
        '--objective <limit>',
        'exit with 1 where requests take longer, such as p95<300ms; says which fixes would do',
      ).argParser(parseObjective),
    )
    .addOption(
      new Option('--min-cost <ms>', 'exit with 1 at a finding that cost more than this').argParser(
        parseMilliseconds,
      ),
    )
    .addOption(
      new Option('--min-saving <ms>', 'exit with 1 at a finding whose fix saves more than this').argParser(
        parseMilliseconds,
      ),
    )
    .option('--acknowledged <file>', 'findings that do not count, each with a reason: see docs/traced.md');
}

export const exits = `
Exit status: 0 fine, 1 findings that --fail-on, --min-cost or --min-saving ask
for, or an --objective that is missed, 2 wrong usage or input.`;
