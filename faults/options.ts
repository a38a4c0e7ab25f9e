import { parseArgs } from 'node:util';
import { scenarioNames } from './scenarios.ts';

export interface Options {
  scenarios: readonly string[];
  /** Only the checks whose title it matches. */
  only: RegExp;
  short: boolean;
  json: boolean;
}

/** The arguments can't be used; the exit status is 2. */
export class UsageError extends Error {}

export const usage = `usage: npm run test:faults [-- [options] [scenario …]]

Starts the functions as their images run them, does to them what goes wrong in
operation, and counts what was answered and which traces came whole. Prints a
table; the exit status is 1 if anything was lost, wrong or late. Takes about
fifteen minutes.

  --short        the form for CI: the same faults, fewer requests, under five
                 minutes
  --only REGEXP  only the checks whose title it matches
  --json         the results as JSON
  --help         this text

FAULTS_SEED=… has the scenario hostile send once more what it sent with that seed;
it says which one it takes.

scenarios: ${scenarioNames.join(', ')}; all of them if none is given
`;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        short: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws {UsageError} */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const unknown = positionals.filter(name => !scenarioNames.includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no scenario "${unknown.join('", "')}"`);
  const scenarios = positionals.length > 0 ? positionals : scenarioNames;
  try {
    return { scenarios, only: new RegExp(values.only), short: values.short, json: values.json };
  } catch {
    throw new UsageError(`"${values.only}" is no regular expression`);
  }
}
