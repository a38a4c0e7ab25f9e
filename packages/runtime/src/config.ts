import { readConfig } from './settings.ts';

/** This process's settings, read from its environment once. */
export const config = readConfig();
