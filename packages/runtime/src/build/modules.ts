/** What becomes of modules as they are bundled, where that is not esbuild's way: plug-ins. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Loader, Plugin } from 'esbuild';
import type { NamedInstrumentation } from '../function-package.ts';
import { framework, frameworkFolder } from '../hooks.ts';
import { isOwn } from '../instrumentation-classes.ts';
import { packageFile, pathInside, runtimeModule } from './places.ts';

const require = createRequire(import.meta.url);

const exactly = (path: string): RegExp => new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$`);

/**
 * Puts the function's own module in the place of the one that finds it. While a code cache is made, `warmUp` may put a
 * function of the runtime's own in the function's place; when a bundle runs, it is undefined.
 */
export const functionModule = (source: string): Plugin => ({
  name: 'function module',
  setup({ onLoad, onResolve }) {
    const namespace = 'function-module';
    onResolve({ filter: exactly(functionImport) }, () => ({ path: 'load', namespace }));
    onLoad({ filter: /./, namespace }, () => ({
      contents: `
        const load = () => import(${JSON.stringify(source)});
        export const loadModule = () => (warmUp === undefined ? load() : warmUp(load));`,
      loader: 'js',
      resolveDir: dirname(source),
    }));
  },
});

/** What `functionModule` resolves. */
export const functionImport = 'traced-functions:function';

/** Puts the instrumentations that a function's package.json names in the place of what finds them. */
export const functionInstrumentations = (named: readonly NamedInstrumentation[]): Plugin => ({
  name: 'function instrumentations',
  setup({ onLoad, onResolve }) {
    const namespace = 'function-instrumentations';
    onResolve({ filter: exactly(instrumentationsImport) }, () => ({ path: 'named', namespace }));
    onLoad({ filter: /./, namespace }, () => {
      const entries = named.map(({ name, options }) => {
        const [text, given] = [JSON.stringify(name), JSON.stringify(options)];
        // The runtime has its own ones, and one that is switched off is not needed: these are no part of the bundle.
        const load = isOwn(name) || options === false ? '' : `, load: () => require(${text})`;
        return `{ name: ${text}, options: ${given}${load} }`;
      });
      const contents = `export const namedInstrumentations = () => [${entries.join(', ')}];`;
      return { contents, loader: 'js', resolveDir: named[0]?.folder ?? '' };
    });
  },
});

/** What `functionInstrumentations` resolves. */
export const instrumentationsImport = 'traced-functions:instrumentations';

/** In the place of load.ts and function-package.ts, what a bundle has. */
export const bundledLoad: Plugin = {
  name: 'bundled load',
  setup({ onLoad }) {
    onLoad({ filter: /\/packages\/runtime\/src\/load\.ts$/ }, () => ({
      contents: `export { loadModule } from '${functionImport}';`,
    }));
    onLoad({ filter: /\/packages\/runtime\/src\/function-package\.ts$/ }, () => ({
      contents: `export { namedInstrumentations } from '${instrumentationsImport}';`,
    }));
  },
};

/**
 * A file of its own, which only those load who send to an agent by UDP. As a dependency of the package it would bring the
 * version 2 of OpenTelemetry's packages into the function's folder, and an API older than the runtime's.
 */
export const jaegerExporter: Plugin = {
  name: 'Jaeger exporter',
  setup({ onResolve }) {
    onResolve({ filter: /^(@opentelemetry\/exporter-jaeger|\.\/jaeger-exporter\.cjs)$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './jaeger-exporter.cjs', external: true },
    );
  },
};

/** A file of its own, which only those load who want metrics. One that a function has itself is bundled with it. */
export const metricsSdk: Plugin = {
  name: 'metrics SDK',
  setup({ onResolve }) {
    const file = './metrics-sdk.cjs';
    onResolve({ filter: /^(@opentelemetry\/sdk-metrics|\.\/metrics-sdk\.cjs)$/ }, ({ importer, path }) =>
      path === file || pathInside(packageFile('src'), importer) ? { path: file, external: true } : undefined,
    );
  },
};

/** The runtime's entries, whichever copy of the package a function has installed. */
export const runtimeEntries: Readonly<Record<string, string>> = {
  '@traced-functions/runtime': runtimeModule('index'),
  '@traced-functions/runtime/settings': runtimeModule('setting'),
};

/** What hooks.ts does as modules are resolved. */
export const runtimeModules: Plugin = {
  name: 'runtime modules',
  setup({ onResolve }) {
    onResolve({ filter: /^@traced-functions\/runtime(\/settings)?$/ }, ({ path }) => ({
      path: runtimeEntries[path] as string,
    }));
    // The entries of the package are made for what runs a function's folder; in a bundle the other one runs it.
    onResolve({ filter: /^\.\/runtime\.cjs$/ }, () => ({ path: runtimeModule('bundle/runtime') }));
    onResolve({ filter: new RegExp(`^${framework}(/testing)?$`) }, ({ path }) => ({
      path: require.resolve(path),
    }));
    const internal = `${framework}/build/src/`;
    onResolve({ filter: new RegExp(`^${internal}`) }, ({ path }) => ({
      path: join(frameworkFolder(), path.slice(internal.length)),
    }));
  },
};

/** Express loads body-parser when it is loaded itself: it gets one that loads at the first parser that is made. */
export const lateBodyParser: Plugin = {
  name: 'late body-parser',
  setup({ onLoad, onResolve }) {
    const namespace = 'late-body-parser';
    onResolve({ filter: /^body-parser$/ }, ({ importer, resolveDir }) =>
      importer.endsWith('/express/lib/express.js')
        ? { path: 'late', namespace, pluginData: resolveDir }
        : undefined,
    );
    onLoad({ filter: /./, namespace }, ({ pluginData }) => ({
      contents: `for (const name of ['json', 'raw', 'text', 'urlencoded'])
        exports[name] = options => require('body-parser')[name](options);`,
      resolveDir: pluginData,
    }));
  },
};

const loaders: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/**
 * In a function's own files and packages, `__dirname`, `__filename` and `import.meta` name the place that the file would
 * have in the bundle's folder, so that what `--include` copies is found beside it as in the function's folder.
 */
export const ownPlaces = (folder: string, outFolder: string): Plugin => ({
  name: 'own places',
  setup({ onLoad }) {
    onLoad({ filter: /\.[cm]?[jt]sx?$/ }, ({ path, suffix }) => {
      const place = pathInside(folder, path);
      const isRuntime = pathInside(packageFile('.'), path) !== undefined;
      if (place === undefined || suffix !== '' || isRuntime) return undefined;
      const source = readFileSync(path, 'utf8');
      if (!/\b__(?:dir|file)name\b|\bimport\.meta\b/.test(source)) return undefined;
      // A path such as `src/../data` leads nowhere without it.
      if (!place.includes('node_modules')) mkdirSync(dirname(join(outFolder, place)), { recursive: true });
      return { contents: withPlace(source, place), loader: loaders[extname(path)] ?? 'js' };
    });
  },
});

/** `$bundlePath` and `$bundleUrl` are the bundle's banner's: not `require`, which an ES module may have of its own. */
function withPlace(source: string, place: string): string {
  const inBundle = (name: string) => `$bundlePath(${JSON.stringify(name)})`;
  const replaced = source
    .replaceAll(/\bimport\.meta\.url\b/g, `$bundleUrl(${JSON.stringify(place)})`)
    .replaceAll(/\bimport\.meta\.filename\b/g, inBundle(place))
    .replaceAll(/\bimport\.meta\.dirname\b/g, inBundle(dirname(place)));
  const missing = Object.entries({ __dirname: dirname(place), __filename: place }).filter(
    ([name]) =>
      new RegExp(`\\b${name}\\b`).test(source) &&
      !new RegExp(`\\b(?:const|let|var|function)\\s+${name}\\b`).test(source),
  );
  const names = missing.map(([name, path]) => `var ${name} = ${inBundle(path)};`).join(' ');
  // On the first line, so that all others keep their numbers; a directive must stay first, and a hashbang alone.
  const [start = ''] = /^(?:#!.*\n)?\s*(?:(['"])use strict\1;?)?/.exec(replaced) ?? [];
  return `${start}${names}${replaced.slice(start.length)}`;
}

/**
 * OpenTelemetry's packages as ES modules, of which only what is used gets into the bundle. Others are taken as Node takes
 * them: to require one that has both as an ES module is to get something else than its authors tried.
 */
export const openTelemetryModules: Plugin = {
  name: 'OpenTelemetry modules',
  setup({ onResolve }) {
    onResolve({ filter: /^@opentelemetry\/[^/]+$/ }, ({ path, resolveDir }) => {
      try {
        const manifest = createRequire(join(resolveDir, '_')).resolve(`${path}/package.json`);
        const { module, sideEffects } = JSON.parse(readFileSync(manifest, 'utf8'));
        if (module === undefined) return undefined;
        return { path: join(dirname(manifest), module), sideEffects: sideEffects !== false };
      } catch {
        return undefined;
      }
    });
  },
};
