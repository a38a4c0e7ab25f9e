import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const functions = fileURLToPath(new URL('../functions', import.meta.url));

/** The names of all functions: the folders under functions/ that have an index.ts. */
export const functionNames = (): string[] => globSync('*/index.ts', { cwd: functions }).map(dirname).sort();
