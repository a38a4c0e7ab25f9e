import { parseArgs } from 'node:util';
import { type FigureName, figureNames } from './figures.ts';

export interface Options {
  figures: readonly FigureName[];
  quick: boolean;
  json: boolean;
}

/** The arguments can't be used; the exit status is 2. */
export class UsageError extends Error {}

export const usage = `usage: npm run bench [-- [options] [figure …]]

Measures ours against its baselines, in turns on the same machine: (A) plain
node:http, (B) the Functions Framework's CLI, both untraced, B bundled, (C)
NodeSDK on B, (D) zero-code auto-instrumentation on B. Ours is the packed
command on a folder, and a bundle with either exporter and without tracing.
Installs them in a folder of its own. Takes about 20 minutes; the exit status is
1 if a target is missed. Run it on a machine that does nothing else.

  --quick  few rounds: about four minutes; records and does not judge
  --json   the results as JSON, each round's value with them
  --help   this text

figures: ${figureNames.slice(0, 4).join(', ')},
         ${figureNames.slice(4, 9).join(', ')},
         ${figureNames.slice(9).join(', ')}; all of them if none is given
`;

const isFigure = (name: string): name is FigureName => (figureNames as readonly string[]).includes(name);

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
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
  const unknown = positionals.filter(name => !isFigure(name));
  if (unknown.length > 0) throw new UsageError(`there is no figure "${unknown.join('", "')}"`);
  const figures = positionals.length > 0 ? positionals.filter(isFigure) : figureNames;
  return { figures, quick: values.quick, json: values.json };
}
