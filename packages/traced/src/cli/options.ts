/** The options that several commands have. */
import { type Command, Option } from 'commander';
import { defaults } from './defaults.ts';
import { parseCount, parseTag, parseTime, parseTimeWithin } from './units.ts';

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
