#!/usr/bin/env node
// A clone has the sources, which are newer than any build; the package has the build alone.
import { existsSync } from 'node:fs';

const source = new URL('../src/cli/main.ts', import.meta.url);
await import(existsSync(source) ? source.href : '../dist/traced.js');
