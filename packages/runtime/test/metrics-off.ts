/** Without OTEL_METRICS_EXPORTER nothing of the metrics is there, from source and in a bundle. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Bundles } from '../../../test/helpers/bundles.ts';
import { source, start } from './helpers/measured.ts';

const recorder = fileURLToPath(new URL('./helpers/loaded.mjs', import.meta.url));
const bundles = new Bundles();
test.before(async t => {
  t.timeout(120_000);
  await bundles.make('measured', source);
});
test.after.always(() => bundles.remove());

/** The runtime's modules for metrics, or the bundle's, that a function has loaded when it has responded and stopped. */
async function loaded(t: ExecutionContext, env: NodeJS.ProcessEnv, file?: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-loaded-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const list = join(folder, 'list');
  const own = { NODE_OPTIONS: `--import=${recorder}`, LOADED_FILE: list };
  const { measured } = await start(t, { ...own, ...env }, file);
  t.is((await fetch(measured.url)).status, 200);
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  t.deepEqual(
    measured.log.map(({ severity }) => severity).filter(severity => severity !== 'INFO'),
    [],
  );
  const urls = readFileSync(list, 'utf8').split('\n');
  t.true(urls.length > 1);
  return urls.flatMap(url => /(?:runtime\/src|measured)\/[^/]*(?:metric|prometheus)[^/]*$/.exec(url) ?? []);
}

const off = {
  unset: { OTEL_METRICS_EXPORTER: '' },
  none: { OTEL_METRICS_EXPORTER: 'none' },
  'not looked at, as OTEL_SDK_DISABLED=true': { OTEL_METRICS_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'true' },
};

for (const [what, env] of Object.entries(off)) {
  test.serial(`where OTEL_METRICS_EXPORTER is ${what}, no module of the metrics is loaded`, async t => {
    t.deepEqual(await loaded(t, env), []);
    t.deepEqual(await loaded(t, env, bundles.file('measured')), []);
  });
}

test.serial('where metrics are asked for, they are loaded: from a file of their own in a bundle', async t => {
  const on = { OTEL_METRICS_EXPORTER: 'otlp' };
  t.true((await loaded(t, on)).includes('runtime/src/metrics.ts'));
  t.deepEqual(await loaded(t, on, bundles.file('measured')), ['measured/metrics-sdk.cjs']);
});
