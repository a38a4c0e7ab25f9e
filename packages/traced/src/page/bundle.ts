/** Makes the browser's files of the page's sources. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface PageBundle {
  /** The document, with `<!--head-->` and `<!--body-->` where its parts go. */
  html: string;
  script: string;
  style: string;
  /** What diagnoses long traces beside the page. */
  worker: string;
  icon: string;
}

const folder = new URL('./', import.meta.url);

/** Bundles the sources with esbuild, in memory; some 100 ms. */
export async function bundlePage(): Promise<PageBundle> {
  const { build } = await import('esbuild').catch(() => {
    throw new Error('esbuild, which builds the page, is not installed: run `npm ci`');
  });
  const result = await build({
    absWorkingDir: fileURLToPath(folder),
    entryPoints: { page: 'src/main.tsx', worker: 'src/model/worker.ts' },
    tsconfig: fileURLToPath(new URL('tsconfig.json', folder)),
    bundle: true,
    write: false,
    outdir: 'out',
    format: 'esm',
    target: 'es2023',
    // Lower CSS would not know light-dark().
    supported: { 'inline-style': true },
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  });
  const output = (name: string): string => {
    const file = result.outputFiles.find(({ path }) => path.endsWith(name));
    if (file === undefined) throw new Error(`the page's bundle has no ${name}`);
    return file.text;
  };
  const [html, icon] = await Promise.all(
    ['index.html', 'icon.svg'].map(name => readFile(new URL(name, folder), 'utf8')),
  );
  return {
    html: html ?? '',
    icon: icon ?? '',
    script: output('page.js'),
    style: output('page.css'),
    worker: output('worker.js'),
  };
}
