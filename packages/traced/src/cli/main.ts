#!/usr/bin/env node
import { InputError } from './input-error.ts';
import { CommanderError, createProgram, exitStatusOf } from './program.ts';
import { endQuietly, say } from './terminal.ts';

endQuietly();
try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = exitStatusOf(error);
  else {
    // Not 1, which says that findings were found.
    process.exitCode = 2;
    say(`traced: ${error instanceof InputError ? error.message : (error as Error).stack}`);
  }
}
