/** Run as `.warm-up/main.cjs` of a bundle's folder. */
import { dirname } from 'node:path';
import { writeCodeCache } from './code-cache.ts';

// Whatever a set-up of the user's has left open.
writeCodeCache(dirname(import.meta.dirname)).finally(() => process.exit());
