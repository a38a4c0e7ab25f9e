#!/usr/bin/env node
// What `npx traced` runs in a clone. Plain JavaScript, so that an old Node gets as far as the check.
import './check-node.js';

await import('../packages/traced/src/cli/main.ts');
