#!/usr/bin/env node
// A clone has the sources, which are newer than any build; the package has the build alone.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const source = join(__dirname, '../src/main.ts');
if (existsSync(source)) import(pathToFileURL(source).href);
else require('../dist/main.cjs');
