import { readdirSync } from 'node:fs';

/** The names of all functions: the folders under functions/. */
export const functionNames = (): string[] => readdirSync(new URL('../functions', import.meta.url)).sort();
