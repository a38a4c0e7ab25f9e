#!/usr/bin/env node
// A clone has the sources, which are newer than any build; the package has the build alone.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const load = file => import(pathToFileURL(join(__dirname, '..', file)).href);

const isSource = existsSync(join(__dirname, '../src/main.ts'));
if (process.argv[2] === 'build') load(isSource ? 'src/build/main.ts' : 'dist/build/main.js');
else if (isSource) load('src/main.ts');
else require('../dist/main.cjs');
