/** TypeScript that Node cannot run by leaving its types out: enums, decorators, paths, imports without extensions. */
import { readFile } from 'node:fs/promises';
import Module, { createRequire, findPackageJSON, registerHooks } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildOptions, Format, Loader, Plugin } from 'esbuild';

const require = createRequire(import.meta.url);

/** What a source may ask of its own place, and the variable that has it. */
const place = { dirname: '__sourceDirname', filename: '__sourceFilename', url: '__sourceUrl' } as const;

/** A bundle is one file, but each source in it keeps what it would know of its own place. */
const ownPlace: Plugin = {
  name: 'place of a source',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      if (!/\b__(?:dir|file)name\b|\bimport\.meta\b/.test(source)) return undefined;
      const [dir, file, url] = [dirname(path), path, pathToFileURL(path).href].map(value =>
        JSON.stringify(value),
      );
      // On the first line, so that all others keep their numbers.
      const variables = `const ${place.dirname} = ${dir}, ${place.filename} = ${file}, ${place.url} = ${url};`;
      return {
        contents: variables + (source.startsWith('#!') ? `//${source}` : source),
        loader: path.replace(/^.*\.[cm]?/, '') as Loader,
      };
    });
  },
};

const options = (source: string): BuildOptions & { write: false } => ({
  entryPoints: [source],
  outdir: dirname(source),
  write: false,
  allowOverwrite: true,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node22',
  sourcemap: 'inline',
  plugins: [ownPlace],
  define: {
    __dirname: place.dirname,
    __filename: place.filename,
    ...Object.fromEntries(Object.entries(place).map(([name, variable]) => [`import.meta.${name}`, variable])),
  },
  logLevel: 'silent',
});

/** The module system that a source is written for; without a word from its package, CommonJS as TypeScript has it. */
function formatOf(source: string): Format {
  if (/\.[cm]tsx?$/.test(source)) return /\.m/.test(source.slice(-5)) ? 'esm' : 'cjs';
  const manifest = findPackageJSON(pathToFileURL(source));
  // Where there is none, Node 24 returns the source itself.
  if (manifest === undefined || manifest === source) return 'cjs';
  return require(manifest).type === 'module' ? 'esm' : 'cjs';
}

async function bundle(source: string): Promise<{ text: string; format: Format }> {
  const { build } = await import('esbuild');
  const run = async (format: Format) => {
    const js = `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(source)});`;
    const { outputFiles } = await build({
      ...options(source),
      format,
      ...(format === 'esm' ? { banner: { js } } : {}),
    });
    return { text: outputFiles[0]?.text ?? '', format };
  };
  const format = formatOf(source);
  try {
    return await run(format);
  } catch (error) {
    if (format === 'esm' || !/[Tt]op-level await/.test((error as Error).message)) throw error;
    return run('esm');
  }
}

interface CompilableModule extends NodeModule {
  _compile(code: string, filename: string): void;
}

/** Runs CommonJS under a file's name, by Node's own way of compiling a module, which its types leave out. */
function runCommonJs(code: string, filename: string): Record<string, unknown> {
  const module = new Module(filename) as CompilableModule;
  Object.assign(module, { filename, paths: createRequire(filename).resolve.paths('any') });
  module._compile(code, filename);
  return module.exports;
}

function runEsModule(code: string, filename: string): Promise<Record<string, unknown>> {
  const bundled = `${pathToFileURL(filename).href}?bundled`;
  registerHooks({
    load: (url, context, next) =>
      url === bundled ? { format: 'module', source: code, shortCircuit: true } : next(url, context),
  });
  return import(bundled);
}

/**
 * Bundles a function's own sources, and none of its packages, in memory, and loads what comes of them as if it stood in
 * the source's place. Stacks name the source's lines.
 * @throws Error with the compiler's messages
 */
export async function importBundled(source: string): Promise<Record<string, unknown>> {
  const { text, format } = await bundle(source);
  process.setSourceMapsEnabled(true);
  return format === 'esm' ? runEsModule(text, source) : runCommonJs(text, source);
}
