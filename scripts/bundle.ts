/**
 * Makes what an image holds of a function: `npm run bundle [-- FUNCTION...]` writes dist/<function>/, with the
 * runtime, the function and all their packages in one file, and what V8 has compiled of it beside it.
 */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { entries, framework, frameworkFolder } from '../packages/runtime/src/hooks.ts';
import { writeCodeCache } from './bundle/code-cache.ts';
import { leanPlugins } from './bundle/lean.ts';
import { writeLicenses } from './bundle/licenses.ts';
import { functionNames } from './function-names.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const loader = fileURLToPath(new URL('./bundle/loader.cjs', import.meta.url));

/**
 * A bundle of their own each: what its instrumentation patches as it is required by name, and what only those need who
 * send to an agent by UDP or want metrics.
 */
const apart = ['ioredis', '@opentelemetry/exporter-jaeger', '@opentelemetry/sdk-metrics'];

/**
 * CommonJS: what tracing patches (`http` and the like) is loaded by `require` as the code gets there, in the source's
 * order, while an ES module's imports are all loaded before its first line. Names and lines stay as they are, for
 * stacks that can be read; the code cache makes up for the size.
 */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // OpenTelemetry's packages as ES modules, of which only what is used gets into the bundle.
  mainFields: ['module', 'main'],
  plugins: leanPlugins,
  format: 'cjs',
  // By `require` like everything else.
  supported: { 'dynamic-import': false },
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/** As a function for `loader.cjs`, which takes the place of the bundle. */
const wrapped = {
  banner: {
    js: `(function (exports, require, module, __filename, __dirname) {
const moduleUrl = require('node:url').pathToFileURL(__filename).href;`,
  },
  footer: { js: '})' },
  define: { 'import.meta.url': 'moduleUrl' },
} satisfies BuildOptions;

async function bundle(entry: string, file: string, options: BuildOptions = {}): Promise<Metafile> {
  const outfile = file.replace(/\.c?js$/, '.bundle$&');
  const { metafile } = await build({
    ...common,
    ...wrapped,
    ...options,
    metafile: true,
    entryPoints: [entry],
    outfile,
  });
  copyFileSync(loader, file);
  return metafile;
}

/** Puts the function's own module in the place of the one that finds it. */
const functionModule = (source: string): Plugin => ({
  name: 'function module',
  setup({ onLoad }) {
    onLoad({ filter: /\/runtime\/src\/load\.ts$/ }, () => ({
      contents: `export const loadModule = () => import(${JSON.stringify(source)});`,
      loader: 'ts',
      resolveDir: root,
    }));
  },
});

/** What packages/runtime/src/hooks.ts does as modules are resolved. */
const runtimeModules: Plugin = {
  name: 'runtime modules',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: new RegExp(`^${framework}(/testing)?$`) }, ({ path }) => ({
      path: require.resolve(path),
    }));
    const internal = `${framework}/build/src/`;
    onResolve({ filter: new RegExp(`^${internal}`) }, ({ path }) => ({
      path: join(frameworkFolder(), path.slice(internal.length)),
    }));
    onResolve({ filter: /^body-parser$/ }, ({ importer, resolveDir }) =>
      importer.endsWith('/express/lib/express.js')
        ? { path: 'late', namespace: 'late-body-parser', pluginData: resolveDir }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'late-body-parser' }, ({ pluginData }) => ({
      contents: `for (const name of ['json', 'raw', 'text', 'urlencoded'])
        exports[name] = options => require('body-parser')[name](options);`,
      resolveDir: pluginData,
    }));
  },
};

/** A package's package.json, which its `exports` need not have. */
const manifestOf = (name: string): string => findPackageJSON(name, import.meta.url) as string;

/** Where `require` looks for a package's main file, from the folder that has its node_modules. */
function pathInPackage(name: string): string {
  return join('node_modules', name, relative(dirname(manifestOf(name)), require.resolve(name)));
}

/** A package where `require` finds it by name, its dependencies in it. */
async function bundleApart(folder: string, name: string): Promise<Metafile> {
  const metafile = await bundle(name, join(folder, pathInPackage(name)));
  // For "main", and for the version, which decides whether the instrumentation knows it.
  copyFileSync(manifestOf(name), join(folder, 'node_modules', name, 'package.json'));
  return metafile;
}

/** jaeger-client reads them next to its own file, in a bundle next to that of who uses it. */
function copyThrift(folder: string): void {
  const client = dirname(require.resolve('jaeger-client/dist/src/thrift.js'));
  const target = join(folder, dirname(pathInPackage('@opentelemetry/exporter-jaeger')));
  for (const file of ['jaeger-idl/thrift/jaeger.thrift', 'thriftrw-idl/agent.thrift']) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    copyFileSync(join(client, file), join(target, file));
  }
}

const imported = ({ inputs }: Metafile): Set<string> =>
  new Set(Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path)));

/**
 * Makes a function's folder anew.
 * @param folder where to; what is there is removed
 * @param source the module that registers the function, for one that lives elsewhere than functions/<name>
 * @returns what esbuild says is in it
 */
export async function bundleFunction(
  name: string,
  folder: string,
  source = join(root, 'functions', name, 'index.ts'),
): Promise<Metafile[]> {
  rmSync(folder, { recursive: true, force: true });
  const main = await bundle('packages/runtime/src/main.ts', join(folder, 'main.cjs'), {
    external: [...apart, 'esbuild'],
    alias: Object.fromEntries([...entries].map(([name, url]) => [name, fileURLToPath(url)])),
    plugins: [functionModule(source), runtimeModules, ...leanPlugins],
  });
  const used = apart.filter(each => imported(main).has(each));
  const others = await Promise.all(used.map(each => bundleApart(folder, each)));
  await build({
    ...common,
    entryPoints: ['packages/runtime/src/healthcheck.ts'],
    outfile: join(folder, 'healthcheck.cjs'),
  });
  copyThrift(folder);
  writeLicenses(root, [main, ...others], join(folder, 'LICENSES.txt'));
  await writeCodeCache(name, folder);
  return [main, ...others];
}

if (import.meta.main) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : functionNames();
  for (const name of names) {
    await bundleFunction(name, join(root, 'dist', name));
    console.error(`bundled ${name}`);
  }
}
