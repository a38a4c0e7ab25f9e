import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** A program ended with another exit status than 0. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Runs a program and shows its output on stderr: stdout is for results. */
export async function run(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', process.stderr, process.stderr] });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    throw new CommandError(`${program} ${args[0]} ended with ${signal ?? `exit status ${code}`}`);
}

/** What a program prints; undefined if it is not installed or fails. */
export async function output(program: string, args: string[]): Promise<string | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = once(child, 'error').then(() => undefined);
  const done = Promise.all([once(child, 'close'), text(child.stdout)]);
  const result = await Promise.race([done.catch(() => undefined), failed]);
  return result?.[0][0] === 0 ? result[1].trim() : undefined;
}
