/** The page as an installed package brings it: built already, since there is no esbuild there. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundlePage, type PageBundle } from './bundle.ts';

const fileName = 'page-bundle.json';

/**
 * The bundle beside this module or in a folder `page/` near it, wherever the build put this module’s code (`dist/` in one
 * file, or `dist/page/`). Undefined in a clone, where the sources are newer than any build.
 */
export async function prebuiltBundle(): Promise<PageBundle | undefined> {
  if (import.meta.url.endsWith('.ts')) return undefined;
  for (const path of [`./${fileName}`, `./page/${fileName}`, `../page/${fileName}`]) {
    const text = await readFile(new URL(path, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as PageBundle;
  }
  return undefined;
}

/** Builds the page into a folder, `dist/page` for a package; returns the file's path. */
export async function writePrebuilt(folder: URL): Promise<string> {
  const file = new URL(fileName, folder);
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(await bundlePage()));
  return fileURLToPath(file);
}
