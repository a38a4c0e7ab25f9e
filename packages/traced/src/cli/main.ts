#!/usr/bin/env node
import { InputError } from './input-error.ts';
import { CommanderError, createProgram, exitStatusOf } from './program.ts';
import { say, watchStreams } from './terminal.ts';

watchStreams();
process.on('uncaughtException', error => {
  failed(error);
  process.exit();
});
try {
  await createProgram().parseAsync();
} catch (error) {
  failed(error);
}

function failed(error: unknown): void {
  // Not 1, which says that findings were found.
  process.exitCode = error instanceof CommanderError ? exitStatusOf(error) : 2;
  if (error instanceof CommanderError) return;
  say(`traced: ${error instanceof InputError ? error.message : (error as Error).stack}`);
}
