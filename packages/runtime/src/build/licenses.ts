import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** What is read here of a package's package.json. */
export interface Manifest {
  name: string;
  version: string;
  license?: string;
  /** The older form of `license`. */
  licenses?: { type: string }[];
}

/** Packages whose package.json names no SPDX license: read in their LICENSE. */
const readOff: Record<string, string> = { 'ansi-color@0.2.2': 'BSD-3-Clause', 'process@0.10.1': 'MIT' };

/** A package's license as an SPDX expression; undefined where it names none. */
export const licenseOf = ({ name, version, license, licenses }: Manifest): string | undefined =>
  readOff[`${name}@${version}`] ?? license ?? licenses?.map(({ type }) => type).join(' OR ');

export const manifestIn = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The folders of the packages whose code is in bundles, which were made in a working directory. */
export function packagesIn(metafiles: Metafile[], workingDirectory: string): string[] {
  // Not what a plugin made, `namespace:path`: what it is made of is there, too.
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs).filter(path => !path.includes(':')));
  const folders = inputs.flatMap(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path) ?? []);
  return [...new Set(folders)].sort().map(folder => join(workingDirectory, folder));
}

function licenseText(folder: string): string {
  const manifest = manifestIn(folder);
  const file = readdirSync(folder).find(each => /^(licen[sc]e|copying)/i.test(each));
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  return `${manifest.name} ${manifest.version} (${licenseOf(manifest) ?? 'license not named'})\n${text}`;
}

/**
 * Writes the licenses of packages, by their folders: most require that their text comes with the code.
 * @param more such a file, of what is bundled in one of the packages
 */
export function writeLicenses(packages: readonly string[], file: string, more?: string): void {
  const texts = [...packages.map(licenseText), ...(more === undefined ? [] : [readFileSync(more, 'utf8')])];
  writeFileSync(file, texts.join(`\n${'-'.repeat(80)}\n`));
}
