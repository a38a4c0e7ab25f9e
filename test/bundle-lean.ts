import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import test from 'ava';
import { build, type Plugin } from 'esbuild';
import { leanPlugins } from '../packages/runtime/src/build/lean.ts';
import { Bundles } from './helpers/bundles.ts';
import { sourceOf } from './helpers/process.ts';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles what is written here as functions are bundled, and runs it. @returns its exports */
async function run(contents: string, before: Plugin[] = []): Promise<Record<string, unknown>> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    plugins: [...before, ...leanPlugins],
  });
  const module = { exports: {} };
  const code = `(function (module, exports, require) {${outputFiles[0]?.text}})`;
  vm.runInThisContext(code)(module, module.exports, require);
  return module.exports;
}

const tableIsRefused: Plugin = {
  name: 'table is refused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?all$/ }, () => ({ path: 'all', namespace: 'refused' }));
    onLoad({ filter: /./, namespace: 'refused' }, () => ({ contents: 'throw new Error("the table")' }));
  },
};

interface MimeTypes {
  contentType(type: unknown): string | false;
  charset(type: unknown): string | false;
  lookup(path: string): string | false;
}
const original: MimeTypes = require('mime-types');
const types = Object.keys(require('mime-db'));
const odd = [
  'text/plain',
  'TEXT/HTML',
  ' text/css ; a=b',
  'Application/JSON; x=1',
  'a/b/c',
  'text/x; charset=x',
  '/',
];

test('a type that is written out gets its charset as from mime-types, and no table is loaded for it', async t => {
  const { own } = (await run(`exports.own = require('mime-types')`, [tableIsRefused])) as { own: MimeTypes };
  t.true(types.length > 2_000);
  for (const type of [...types, ...odd]) {
    t.is(own.contentType(type), original.contentType(type), type);
    t.is(own.charset(type), original.charset(type), type);
  }
  t.throws(() => own.contentType('html'), { message: 'the table' });
});

test('the table of media types is there for who asks by a file’s name', async t => {
  const { own } = (await run(`exports.own = require('mime-types')`)) as { own: MimeTypes };
  for (const asked of ['html', '.svg', 'x.json', 'nothing', '', undefined]) {
    t.is(own.contentType(asked), original.contentType(asked), asked);
    t.is(own.lookup(String(asked)), original.lookup(String(asked)), asked);
  }
});

test('Node’s slow modules are the whole of themselves, however they are imported', async t => {
  const { https, crypto, names } = await run(`
    import * as https from 'node:https';
    import { createHash } from 'crypto';
    export { https };
    export const crypto = () => createHash('sha1').update('x').digest('hex');
    export const names = () => Object.keys(https);`);
  t.is((crypto as () => string)(), '11f6ad8ec52a2984abaafd7c3b516503785c2072');
  const expected = Object.keys(require('node:https'));
  t.true(expected.every(name => (names as () => string[])().includes(name)));
  t.is((https as typeof import('node:https')).request, require('node:https').request);
});

test('of the semantic conventions CommonJS gets those that it names', async t => {
  const { metafile } = await build({
    stdin: { contents: "require('@opentelemetry/instrumentation-http')", resolveDir: root },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    plugins: leanPlugins,
  });
  const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const bytes = outputs
    .filter(([path]) => path.includes('/semantic-conventions/'))
    .reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  t.true(bytes > 500 && bytes < 10_000, `${bytes} bytes`);
});

test('of OpenTelemetry’s SDK for Node no exporter is bundled', async t => {
  const { metafile } = await build({
    stdin: { contents: "export { NodeSDK } from '@opentelemetry/sdk-node'", resolveDir: root },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    plugins: leanPlugins,
  });
  const packages = new Set(
    Object.keys(metafile.inputs).map(path => /^node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[1]),
  );
  t.true(packages.has('@opentelemetry/sdk-node') && packages.has('@opentelemetry/sdk-trace'));
  const unused = [...packages].filter(name =>
    /exporter|otlp|grpc|sdk-logs|sdk-metrics|yaml/.test(name ?? ''),
  );
  t.deepEqual(unused, []);
});

test('a function’s first answer needs neither node:crypto nor node:https', async t => {
  const bundles = new Bundles();
  t.teardown(() => bundles.remove());
  await bundles.make('loaded', sourceOf('loaded'));
  const { child, port } = await bundles.start('loaded');
  t.teardown(() => child.kill('SIGKILL'));
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/`)).json() as Promise<string[]>;
  await ask();
  const modules = await ask();
  t.true(modules.includes('NativeModule http'));
  t.deepEqual(
    modules.filter(name => /^NativeModule (crypto|https|tls)$/.test(name)),
    [],
  );
});
