/** What a bundle does without, or loads when it is first used: plug-ins for esbuild. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import { openTelemetryModules } from './modules.ts';

const require = createRequire(import.meta.url);

/** Node's modules that take milliseconds to load, and that few functions need for their first response. */
const slowBuiltins = ['crypto', 'https', 'tls'];

/** Loads Node's slow modules at the first use of what they export. */
const lateBuiltins: Plugin = {
  name: 'late built-ins',
  setup({ onLoad, onResolve }) {
    const namespace = 'late-builtin';
    onResolve({ filter: new RegExp(`^(node:)?(${slowBuiltins.join('|')})$`) }, args => {
      if (args.namespace === namespace) return { path: args.path, external: true };
      return { path: args.path.replace('node:', ''), namespace };
    });
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `
        let loaded;
        const load = () => (loaded ??= require('node:${path}'));
        for (const name of ${JSON.stringify(Object.keys(require(path)))})
          Object.defineProperty(exports, name, {
            configurable: true,
            enumerable: true,
            get: () => load()[name],
            set: value => void (load()[name] = value),
          });`,
    }));
  },
};

/**
 * mime-types sorts a table of thousands of types when it is loaded, and Express looks up the charset of each response's
 * type in it. Here it looks that up among the few types that have one; the table is loaded for lookups by file name.
 */
const mediaTypes: Plugin = {
  name: 'media types',
  setup({ onLoad, onResolve }) {
    const few = 'media-types-with-charset';
    onResolve({ filter: /\?all$/ }, ({ path }) => ({ path: path.replace('?all', ''), suffix: '?all' }));
    onResolve({ filter: /\?few$/ }, ({ path }) => ({ path: path.replace('?few', ''), namespace: few }));
    onResolve({ filter: /^mime-db$/, namespace: few }, ({ path }) => ({ path, namespace: few }));
    const mimeTypes = /\/node_modules\/mime-types\/index\.js$/;
    onLoad({ filter: mimeTypes, namespace: 'file' }, ({ path, suffix }) => {
      if (suffix === '?all') return undefined;
      return {
        contents: `
          const few = require('${path}?few');
          let all;
          const load = () => (all ??= require('${path}?all'));
          const own = {
            charset: few.charset,
            contentType: type => (String(type).includes('/') ? few : load()).contentType(type),
          };
          module.exports = new Proxy(own, { get: (_, name) => own[name] ?? load()[name] });`,
        resolveDir: dirname(path),
      };
    });
    onLoad({ filter: /./, namespace: few }, ({ path }) => {
      if (path !== 'mime-db') return { contents: readFileSync(path, 'utf8'), resolveDir: dirname(path) };
      const types: Record<string, { charset?: string }> = require('mime-db');
      const withCharset = Object.entries(types).filter(([, { charset }]) => charset !== undefined);
      const contents = JSON.stringify(
        Object.fromEntries(withCharset.map(([type, { charset }]) => [type, { charset }])),
      );
      return { contents, loader: 'json' };
    });
  },
};

/**
 * OpenTelemetry's semantic conventions are hundreds of constants, of which a bundler leaves out what nobody imports. Who
 * requires them as CommonJS, as an instrumentation does that a function's package.json names, would bring them all back,
 * 4 ms of a start: it gets those alone that its source names.
 */
const usedConstants: Plugin = {
  name: 'used constants',
  setup({ onLoad, onResolve }) {
    const namespace = 'used-constants';
    const required = /(\w+) = require\(["']@opentelemetry\/semantic-conventions["']\)/;
    onResolve({ filter: /^@opentelemetry\/semantic-conventions$/ }, ({ kind, importer, namespace: from }) =>
      kind === 'require-call' && from === 'file' && required.test(readFileSync(importer, 'utf8'))
        ? { path: importer, namespace }
        : undefined,
    );
    onLoad({ filter: /./, namespace }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const uses = source.matchAll(new RegExp(`\\b${required.exec(source)?.[1]}\\.(\\w+)`, 'g'));
      const names = new Set([...uses].map(([, name]) => name));
      return {
        contents: `export { ${[...names].join(', ')} } from '@opentelemetry/semantic-conventions';`,
        resolveDir: dirname(path),
      };
    });
  },
};

/**
 * NodeSDK can export spans, metrics and log records by itself, in all of OTLP's encodings and Zipkin's. The runtime gives
 * it span processors of its own, so that all of this goes unused: 1.4 MB, gRPC among it.
 */
const unusedExporters: Plugin = {
  name: 'unused exporters',
  setup({ onLoad, onResolve }) {
    const namespace = 'unused-exporter';
    onResolve(
      { filter: /^@opentelemetry\/(exporter-|otlp-|configuration|sdk-(logs|metrics)|propagator-)/ },
      ({ path, importer }) =>
        /\/@opentelemetry\/sdk-node\//.test(importer) ? { path, namespace } : undefined,
    );
    onLoad({ filter: /./, namespace }, () => ({ contents: 'module.exports = {};' }));
  },
};

export const leanPlugins: Plugin[] = [
  lateBuiltins,
  mediaTypes,
  usedConstants,
  unusedExporters,
  openTelemetryModules,
];
