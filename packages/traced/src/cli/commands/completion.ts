/** `traced completion`: the scripts that make a shell ask `traced complete-words`. */
import { basename } from 'node:path';
import { scripts } from '../completion-scripts.ts';
import { InputError } from '../input-error.ts';
import { print } from '../terminal.ts';

export async function run(shell = basename(process.env['SHELL'] ?? '')): Promise<void> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined)
    throw new InputError(`name a shell: traced completion ${Object.keys(scripts).join('|')}`);
  print(script);
}
