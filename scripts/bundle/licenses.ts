import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The folders of the packages whose code is in a bundle. */
function packagesIn(metafiles: Metafile[]): string[] {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = inputs.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  return [...new Set(folders)].sort();
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find(each => /^(licen[sc]e|copying)/i.test(each));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${license ?? 'license not named'})\n${text}`;
}

/** Writes the licenses of all packages in the bundles, as they ask for of whoever passes them on. */
export function writeLicenses(root: string, metafiles: Metafile[], file: string): void {
  const licenses = packagesIn(metafiles).map(folder => licenseOf(join(root, folder)));
  writeFileSync(file, licenses.join(`\n${'-'.repeat(80)}\n`));
}
