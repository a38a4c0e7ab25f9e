/** Bundles a function: the runtime, the function and all their packages in one file, but for the packages kept apart. */
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  build,
  type Message,
  type Metafile,
  type Plugin,
} from 'esbuild';
import { modulePath } from '../load.ts';
import { computedRequires } from './computed-requires.ts';
import { BuildError } from './error.ts';
import { bundledInstrumentations } from './instrumentations.ts';
import { leanPlugins } from './lean.ts';
import { packagesIn } from './licenses.ts';
import {
  bundledLoad,
  functionInstrumentations,
  functionModule,
  jaegerExporter,
  lateBodyParser,
  metricsSdk,
  ownPlaces,
  runtimeModules,
} from './modules.ts';
import { nativePackages } from './native.ts';
import { PackageCopies, packageFolder } from './packages.ts';
import {
  agentExporter,
  buildFile,
  isSource,
  metricsModule,
  packageFile,
  runtimeMain,
  runtimeModule,
} from './places.ts';

/** A bundle of their own each: what its instrumentation patches as it is required by name. */
const apart = ['ioredis'];

/**
 * CommonJS: what tracing patches (`http` and the like) is loaded by `require` as the code gets there, in the source's
 * order, while an ES module's imports are all loaded before its first line. Names and lines stay as they are, for
 * stacks that can be read; the code cache makes up for the size.
 */
export const common = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  plugins: leanPlugins,
  format: 'cjs',
  // By `require` like everything else.
  supported: { 'dynamic-import': false },
  loader: { '.node': 'copy' },
  legalComments: 'none',
  logLevel: 'silent',
} satisfies BuildOptions;

/** As a function for `loader.cjs`, which takes the place of the bundle; `warmUp` is for `record.cjs`. */
const wrapped = {
  banner: {
    js: `(function (exports, require, module, __filename, __dirname, warmUp) {
const $bundleFolder = __dirname;
const $bundlePath = name => require('node:path').join($bundleFolder, name);
const $bundleUrl = name => require('node:url').pathToFileURL($bundlePath(name)).href;
const moduleUrl = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '})' },
  define: { 'import.meta.url': 'moduleUrl' },
} satisfies BuildOptions;

export interface BundleOptions {
  /** The function's module or the folder that has it; absolute. */
  source: string;
  /** Where to: a folder that is there, and empty. */
  folder: string;
  /** Packages that are copied whole. */
  external?: readonly string[];
  /** Further plug-ins of esbuild's, before all others. */
  plugins?: readonly Plugin[];
}

export interface Bundled {
  /** The folders of the packages whose code is in it. */
  packages: string[];
  /** What may keep it from running. */
  warnings: string[];
}

const place = ({ location, text }: Message): string =>
  location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`;

/** @throws BuildError with the compiler's messages */
async function compile(options: BuildOptions): Promise<{ metafile: Metafile; warnings: Message[] }> {
  try {
    return await build({ ...options, metafile: true });
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (errors === undefined) throw error;
    const unresolved = errors.some(({ text }) => text.startsWith('Could not resolve'));
    const awaits = errors.some(({ text }) => text.startsWith('Top-level await'));
    const hints = [
      unresolved &&
        'a package must be installed first; one that is never used can be left out by --external NAME',
      awaits && 'await in the function, or in what it calls first: a bundle is a CommonJS module',
    ];
    throw new BuildError([...errors.map(place), ...hints.filter(hint => hint !== false)].join('\n'));
  }
}

/** The folder that a source's paths are relative to. */
export const sourceFolder = (source: string): string =>
  statSync(source, { throwIfNoEntry: false })?.isDirectory() ? source : dirname(source);

class Bundler {
  readonly #source: string;
  readonly #folder: string;
  readonly #base: string;
  readonly #metafiles: Metafile[] = [];
  /** The packages that are no part of the bundle, but are copied whole. */
  copied: readonly string[] = [];

  constructor(source: string, folder: string) {
    this.#source = source;
    this.#folder = folder;
    this.#base = sourceFolder(source);
  }

  /** @param file the place that the bundle is looked for: the loader's */
  async write(entry: string, file: string, options: BuildOptions = {}): Promise<Message[]> {
    const outfile = file.replace(/\.c?js$/, '.bundle$&');
    const { metafile, warnings } = await compile({
      ...common,
      ...wrapped,
      absWorkingDir: this.#base,
      ...options,
      entryPoints: [entry],
      outfile,
    });
    copyFileSync(buildFile('loader.cjs'), file);
    this.#metafiles.push(metafile);
    return warnings;
  }

  async main({ external = [], plugins = [] }: Omit<BundleOptions, 'source' | 'folder'>): Promise<string[]> {
    const source = modulePath(this.#source);
    const instrumentations = bundledInstrumentations(this.#source);
    const { patched } = instrumentations;
    const warnings = await this.write(runtimeMain, join(this.#folder, 'main.cjs'), {
      external: [...apart, ...patched, ...external, 'esbuild'].flatMap(name => [name, `${name}/*`]),
      plugins: [
        ...plugins,
        functionModule(source),
        functionInstrumentations(instrumentations.named),
        bundledLoad,
        jaegerExporter,
        metricsSdk,
        runtimeModules,
        lateBodyParser,
        ...leanPlugins,
        ownPlaces(this.#base, this.#folder),
      ],
      logOverride: { 'unsupported-require-call': 'warning', 'unsupported-dynamic-import': 'warning' },
    });
    const [metafile] = this.#metafiles as [Metafile];
    const native = nativePackages(metafile);
    if (native.length > 0) {
      const options = native.map(name => `--external ${name}`).join(' ');
      throw new BuildError(
        `${native.join(', ')}: has a native addon, which no bundle can contain; add ${options}`,
      );
    }
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    const isUsed = (name: string) => imported.some(path => path === name || path.startsWith(`${name}/`));
    for (const name of apart.filter(each => isUsed(each) && ![...external, ...patched].includes(each)))
      await this.apart(name);
    this.copied = [...external, ...patched.filter(isUsed)];
    await this.write(agentExporter, join(this.#folder, 'jaeger-exporter.cjs'));
    await this.write(metricsModule, join(this.#folder, 'metrics-sdk.cjs'));
    copyThrift(this.#folder);
    return [
      ...instrumentations.warnings,
      ...computedRequires(warnings, metafile),
      ...warnings.filter(({ id }) => !id.startsWith('unsupported-')).map(place),
    ];
  }

  /** A package where `require` finds it by name, its dependencies in it. */
  async apart(name: string): Promise<void> {
    const folder = packageFolder(name, this.#base);
    // As when it is run from source, whoever imports it gets an error then.
    if (folder === undefined) return;
    const main = createRequire(join(folder, '_')).resolve(folder);
    const target = join(this.#folder, 'node_modules', name);
    await this.write(main, join(target, relative(folder, main)));
    // For "main", and for the version, which decides whether the instrumentation knows it.
    copyFileSync(join(folder, 'package.json'), join(target, 'package.json'));
  }

  get packages(): string[] {
    return packagesIn(this.#metafiles, this.#base);
  }
}

/** jaeger-client reads its definitions from beside its own file: the exporter's bundle, here as in the package. */
export function copyThrift(folder: string): void {
  const client = isSource
    ? dirname(createRequire(import.meta.url).resolve('jaeger-client/dist/src/thrift.js'))
    : packageFile('dist');
  for (const file of ['jaeger-idl/thrift/jaeger.thrift', 'thriftrw-idl/agent.thrift']) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(client, file), join(folder, file));
  }
}

/**
 * Writes a function's bundle.
 * @throws BuildError where a source does not compile, or a package cannot be bundled
 * @throws ConfigError where there is no module
 */
export async function bundle({ source, folder, ...options }: BundleOptions): Promise<Bundled> {
  const bundler = new Bundler(source, folder);
  const warnings = await bundler.main(options);
  const copies = new PackageCopies(folder);
  for (const name of bundler.copied) {
    if (!copies.copy(name, sourceFolder(source)))
      warnings.push(`--external ${name}: is not installed; the function fails where it requires it`);
  }
  await compile({
    ...common,
    entryPoints: [runtimeModule('healthcheck')],
    outfile: join(folder, 'healthcheck.cjs'),
  });
  return { packages: [...bundler.packages, ...copies.sources], warnings };
}
