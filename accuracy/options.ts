import { parseArgs } from 'node:util';
import { type Fault, faults } from '../functions/shared/faults.ts';

/** What is run: one fault alone, the exercise's together, or version 2. */
export type SetName = Fault | 'all' | 'none';

export const setNames = [...(Object.keys(faults) as Fault[]), 'all', 'none'] as const;

export interface Options {
  sets: readonly SetName[];
  quick: boolean;
  json: boolean;
  /** The folder that the traces are kept in. */
  keep: string | undefined;
}

/** The arguments can't be used; the exit status is 2. */
export class UsageError extends Error {}

export const usage = `usage: npm run accuracy [-- [options] [set …]]

Runs npm start with each fault alone, with all of the exercise's together and
with none, diagnoses traces of each, and says how often the fault was named at
its span, what else was said, and whether the time that mending was said to
save is what it saves. Takes about ten minutes; the exit status is 1 if
anything was missed.

  --quick     a few traces of each: about two minutes
  --json      the results as JSON
  --keep DIR  keep the traces, a file of Jaeger's JSON for each set and route
  --help      this text

sets: ${setNames.slice(0, 3).join(', ')},
      ${setNames.slice(3).join(', ')}; all of them if none is given
`;

/** @throws {UsageError} */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  const unknown = positionals.filter(name => !(setNames as readonly string[]).includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no set "${unknown.join('", "')}"`);
  return {
    sets: positionals.length > 0 ? (positionals as SetName[]) : setNames,
    quick: values.quick === true,
    json: values.json === true,
    keep: values.keep,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        keep: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
