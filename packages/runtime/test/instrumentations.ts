/** Instrumentations that a function's package.json names: found from its folder, configured, switched off, missing. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { startFunctionProcess } from '../../../test/helpers/process.ts';
import { startBackend } from '../../traced/test/helpers/trace-backend.ts';
import { bundledInstrumentations } from '../src/build/instrumentations.ts';

const openTelemetry = fileURLToPath(new URL('../../../node_modules/@opentelemetry', import.meta.url));

type Manifest = Record<string, unknown>;

/** What an instrumentation is for the runtime, as its package has it; it logs the options that it is made with. */
const instrumentation = `
  class OwnInstrumentation {
    constructor(options) {
      console.log(JSON.stringify({ message: 'made', options, before: globalThis.isFunctionLoaded !== true }));
    }
    instrumentationName = 'own';
    enable() {}
    disable() {}
    setTracerProvider() {}
    setMeterProvider() {}
    setConfig() {}
    getConfig() { return {}; }
    getModuleDefinitions() { return []; }
  }
  exports.OwnInstrumentation = OwnInstrumentation;
  exports.version = '1';`;

const handler = `globalThis.isFunctionLoaded = true;
  exports.hello = async (req, res) => {
    if (req.query.url) await fetch(req.query.url);
    res.send('hello');
  };`;

/** Writes a function's folder with these files, which has `instrumentation` installed as `@acme/instrumentation`. */
function write(t: ExecutionContext, manifest: Manifest, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const all = {
    'package.json': JSON.stringify(manifest),
    'index.js': handler,
    'node_modules/@acme/instrumentation/index.js': instrumentation,
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  symlinkSync(openTelemetry, join(folder, 'node_modules/@opentelemetry'));
  return folder;
}

/** Runs the function of such a folder. */
async function run(t: ExecutionContext, manifest: Manifest, files: Record<string, string> = {}, env = {}) {
  const folder = write(t, manifest, files);
  const source = files['dist/package.json'] === undefined ? folder : join(folder, 'dist');
  const hello = await startFunctionProcess('hello', { FUNCTION_SOURCE: source, ...env });
  t.teardown(() => hello.child.kill('SIGKILL'));
  return hello;
}

const made = (log: Record<string, unknown>[]) => log.filter(({ message }) => message === 'made');
const warnings = (log: Record<string, unknown>[]) => log.filter(({ severity }) => severity === 'WARNING');

test.serial('an instrumentation among the dependencies is made before the function is loaded', async t => {
  const { log, url } = await run(t, { dependencies: { '@acme/instrumentation': '1.0.0' } });
  t.is(await (await fetch(url)).text(), 'hello');
  t.deepEqual(made(log), [{ message: 'made', options: {}, before: true }]);
  t.deepEqual(warnings(log), []);
});

test.serial(
  'a package.json that only names the module system is passed over for the one above it',
  async t => {
    const files = { 'dist/package.json': '{"type":"commonjs"}', 'dist/index.js': handler };
    const { log } = await run(t, { dependencies: { '@acme/instrumentation': '1.0.0' } }, files);
    t.is(made(log).length, 1);
  },
);

test.serial('options of package.json reach the instrumentation, and false switches it off', async t => {
  const named = (options: unknown) => ({
    dependencies: { '@acme/instrumentation': '1.0.0' },
    'traced-functions': { instrumentations: { '@acme/instrumentation': options } },
  });
  t.like(made((await run(t, named({ requireParentSpan: true }))).log)[0], {
    options: { requireParentSpan: true },
  });
  t.deepEqual(made((await run(t, named(false))).log), []);
});

test.serial('a package of any name is an instrumentation where package.json lists it', async t => {
  const { log } = await run(
    t,
    { 'traced-functions': { instrumentations: { other: {} } } },
    { 'node_modules/other/index.js': instrumentation },
  );
  t.is(made(log).length, 1);
});

for (const [what, content, reason] of [
  ['is not installed', undefined, /^Cannot find module '@acme\/instrumentation-x'$/],
  ['throws', 'throw new Error("broken")', /^broken$/],
  ['exports none', 'exports.a = 1', /^the package exports no instrumentation$/],
] as const) {
  test.serial(`an instrumentation whose package ${what} is one warning, and the function runs`, async t => {
    const files: Record<string, string> =
      content === undefined ? {} : { 'node_modules/@acme/instrumentation-x/index.js': content };
    const { log, url } = await run(t, { dependencies: { '@acme/instrumentation-x': '1.0.0' } }, files);
    t.is(await (await fetch(url)).text(), 'hello');
    const [warning, ...others] = warnings(log);
    t.deepEqual(others, []);
    t.is(warning?.['instrumentation'], '@acme/instrumentation-x');
    t.regex(String(warning?.['reason']), reason);
  });
}

for (const [name, options, rule] of [
  ['@acme/instrumentation', 7, 'must be an object of options or false'],
  ['@opentelemetry/instrumentation-http', false, 'must be an object of options'],
] as const) {
  test.serial(`${JSON.stringify(options)} for ${name} is a warning`, async t => {
    const { log } = await run(t, { 'traced-functions': { instrumentations: { [name]: options } } });
    const message = `package.json: "traced-functions".instrumentations["${name}"] ${rule}`;
    t.deepEqual(
      warnings(log).map(each => each['message']),
      [message],
    );
  });
}

test.serial(
  'the runtime’s own instrumentations take options, and all but that of servers can be switched off',
  async t => {
    const backend = await startBackend(t);
    for (const [undici, spans] of [
      [true, 2],
      [false, 1],
    ] as const) {
      const instrumentations = {
        '@opentelemetry/instrumentation-undici': undici,
        '@opentelemetry/instrumentation-http': { disableOutgoingRequestInstrumentation: true },
      };
      const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp };
      const hello = await run(t, { 'traced-functions': { instrumentations } }, {}, env);
      const other = `http://127.0.0.1:${backend.queryPort}/`;
      await fetch(hello.url);
      const response = await fetch(`${hello.url}/?url=${other}`);
      hello.child.kill('SIGTERM');
      await hello.exit;
      const trace = backend.store.trace(response.headers.get('traceresponse')?.split('-')[1] ?? '');
      t.is(trace?.spans.length, spans);
    }
  },
);

const forEsPackage = `
  const { InstrumentationBase, InstrumentationNodeModuleDefinition } = require('@opentelemetry/instrumentation');
  exports.GreetInstrumentation = class extends InstrumentationBase {
    constructor(options) { super('greet', '1.0.0', options); }
    init() {
      return new InstrumentationNodeModuleDefinition('greet', ['*'], exports => {
        this._wrap(exports, 'greet', greet => name => {
          const span = this.tracer.startSpan('greet');
          span.end();
          return greet(name);
        });
        return exports;
      });
    }
  };`;

const esPackage: Record<string, string> = {
  'index.js': `import { greet } from 'greet';
        export const hello = (req, res) => res.send(greet('you'));`,
  'node_modules/greet/package.json':
    '{"name":"greet","version":"1.0.0","type":"module","exports":{"import":"./greet.js"}}',
  'node_modules/greet/greet.js': "export const greet = name => 'hello ' + name;",
  'node_modules/@acme/instrumentation-greet/index.js': forEsPackage,
};
const esManifest = { type: 'module', dependencies: { '@acme/instrumentation-greet': '1.0.0' } };

test.serial('a package that consists of ES modules alone is patched when it is imported', async t => {
  const backend = await startBackend(t);
  const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: backend.otlp };
  const hello = await run(t, esManifest, esPackage, env);
  const response = await fetch(hello.url);
  t.is(await response.text(), 'hello you');
  hello.child.kill('SIGTERM');
  await hello.exit;
  t.deepEqual(warnings(hello.log), []);
  const trace = backend.store.trace(response.headers.get('traceresponse')?.split('-')[1] ?? '');
  t.true(trace?.spans.some(({ operationName }) => operationName === 'greet'));
});

test('a build says which instrumentations are left out, and which packages are not patched', t => {
  const dependencies = { ...esManifest.dependencies, '@acme/instrumentation-x': '1.0.0' };
  const { named, patched, warnings } = bundledInstrumentations(
    write(t, { ...esManifest, dependencies }, esPackage),
  );
  t.deepEqual(
    named.map(({ name }) => name),
    ['@acme/instrumentation-greet'],
  );
  t.deepEqual(patched, []);
  t.deepEqual(warnings, [
    'greet: consists of ES modules alone, which @acme/instrumentation-greet cannot patch in a bundle',
    "@acme/instrumentation-x: cannot be loaded, and is left out: Cannot find module '@acme/instrumentation-x'",
  ]);
});
