/** Where the runtime's command is: this package does not import it, but starts it as a process. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runtime = '@traced-functions/runtime';

function commandAbove(folder: string): string | undefined {
  const installed = join(folder, 'node_modules', runtime);
  if (existsSync(join(installed, 'package.json'))) {
    const { bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    return join(realpathSync(installed), bin['traced-functions']);
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : commandAbove(parent);
}

/**
 * The runtime's command that a function's folder has installed, or else the one that is installed beside this tool.
 * @throws Error where neither is there
 */
export function runtimeCommand(folder: string): string {
  const command = commandAbove(folder) ?? commandAbove(dirname(fileURLToPath(import.meta.url)));
  if (command === undefined) throw new Error(`${runtime} is not installed: npm install it in ${folder}`);
  return command;
}
