#!/usr/bin/env node
// A clone has the sources, which are newer than any build; the package has the build alone.
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src/cli/main.ts', import.meta.url))) {
  await import('../../../scripts/check-node.js');
  await import('../src/cli/main.ts');
} else await import('../dist/traced.js');
