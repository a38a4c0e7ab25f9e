/** What is measured from source is measured by the packed runtime and in bundles, too. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Bundles } from '../../../test/helpers/bundles.ts';
import { Installed } from './helpers/installed.ts';
import { scrapeUrl, source, start, stop } from './helpers/measured.ts';
import { countOf } from './helpers/metrics-collector.ts';
import { readPage, samplesOf } from './helpers/prometheus-page.ts';

const bundles = new Bundles();
const installed = new Installed();
const own = join(installed.folder, 'measured.cjs');
test.before(async t => {
  t.timeout(120_000);
  await bundles.make('measured', source);
  await installed.install();
  cpSync(source, own);
  const { code, stderr } = await installed.run(['build', own, '--out', 'out']);
  t.is(code, 0, stderr);
});
test.after.always(() => {
  bundles.remove();
  installed.remove();
});

const files = {
  'a bundle': bundles.file('measured'),
  'the packed runtime': join(installed.folder, 'node_modules/@traced-functions/runtime/dist/main.cjs'),
  'a bundle that the packed runtime makes': join(installed.folder, 'out/main.cjs'),
};

for (const [what, file] of Object.entries(files)) {
  test.serial(`${what} measures what its source does`, async t => {
    const both = { OTEL_METRICS_EXPORTER: 'prometheus,otlp', NODE_ENV: 'production', FUNCTION_SOURCE: own };
    const { measured, collector } = await start(t, both, file);
    const healthz = encodeURIComponent(`${measured.url}/healthz`);
    for (const by of ['http', 'fetch']) await fetch(`${measured.url}/?by=${by}&to=${healthz}`);
    await fetch(measured.url);
    const page = readPage(await (await fetch(scrapeUrl(measured))).text());
    const { metrics } = await stop(measured, collector, t);
    t.deepEqual(Object.keys(metrics), [
      'http.server.request.duration',
      'http.client.request.duration',
      'faas.init_duration',
      'faas.invoke_duration',
      'faas.coldstarts',
      'orders',
    ]);
    const counts = [3, 2, 1, 3, 1, 3];
    t.deepEqual(
      Object.values(metrics).map(metric => countOf(metric)),
      counts,
    );
    const sample = 'http_client_request_duration_seconds_count';
    t.is(samplesOf(page['http_client_request_duration_seconds'], sample).length, 2);
    t.is(Object.keys(page).length, counts.length + 1);
  });
}
