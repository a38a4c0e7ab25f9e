/** Installs what is measured against, once, in a folder of its own that git does not see. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../packages/runtime/src/build/image/command.ts';
import { bundleFunction } from '../scripts/bundle.ts';

const source = fileURLToPath(new URL('./baselines/', import.meta.url));
const target = fileURLToPath(new URL('./.baselines/', import.meta.url));

const files = [
  'package.json',
  'package-lock.json',
  'function.js',
  'bundled.js',
  'plain.js',
  'instrumentation.js',
];

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/**
 * Makes the baselines' folder what it should be: the versions of its lock file, without install scripts.
 * @returns the folder
 * @throws CommandError where npm cannot install them
 */
export async function installBaselines(say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(source, file)));
  const mark = `${hash.digest('hex')}\n`;
  const markFile = join(target, 'installed');
  if (read(markFile) === mark) return target;
  say('installing the baselines (once)');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const file of files) cpSync(join(source, file), join(target, file));
  await run('npm', ['ci', '--prefix', target, '--ignore-scripts', '--no-audit', '--no-fund']);
  writeFileSync(markFile, mark);
  return target;
}

/**
 * Bundles functions anew, as their images have them.
 * @returns the folder that has a folder for each
 */
export async function bundleAll(names: readonly string[], say: (line: string) => void): Promise<string> {
  const folder = join(target, 'bundles');
  for (const name of names) {
    say(`bundling ${name}`);
    await bundleFunction(name, join(folder, name));
  }
  return folder;
}
