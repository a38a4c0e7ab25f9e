/** When metrics are sent, and what becomes of those that a collector does not take. */
import test from 'ava';
import { startLoad } from '../../../test/helpers/load.ts';
import { startOrigin } from '../../../test/helpers/origin.ts';
import { start, stop } from './helpers/measured.ts';
import { type Collector, countOf, type Metric } from './helpers/metrics-collector.ts';

const often = { OTEL_METRIC_EXPORT_INTERVAL: '100' };
const duration = 'http.server.request.duration';

/** Waits for posts until one has the metric, and gives it. */
async function untilSent(collector: Collector, name: string): Promise<Metric> {
  const [found] = collector.posts.flatMap(({ metrics }) => metrics[name] ?? []).slice(-1);
  if (found !== undefined) return found;
  await collector.next();
  return untilSent(collector, name);
}

test.serial('counts are sent at each interval, since the start', async t => {
  const { measured, collector } = await start(t, often);
  await fetch(measured.url);
  t.is(countOf(await untilSent(collector, duration)), 1);
  await fetch(measured.url);
  const { metrics } = await stop(measured, collector, t);
  t.is(countOf(metrics[duration]), 2);
});

test.serial('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta sends each count once', async t => {
  const preference = { OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'Delta' };
  const { measured, collector } = await start(t, { ...often, ...preference });
  await fetch(measured.url);
  t.true((await untilSent(collector, duration)).isDelta);
  for (let n = 0; n < 3; n++) await fetch(measured.url);
  await stop(measured, collector, t);
  const counts = collector.posts.map(({ metrics }) => countOf(metrics[duration]));
  t.is(
    counts.reduce((sum, count) => sum + count),
    4,
  );
  t.true(counts.every(count => count < 4));
});

test.serial('a collector that fails for a while is logged once, and gets every delta afterwards', async t => {
  const { measured, collector } = await start(t, {
    ...often,
    OTEL_METRIC_EXPORT_TIMEOUT: '50',
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
  });
  collector.status = 503;
  for (let n = 0; n < 4; n++) {
    await fetch(measured.url);
    await collector.next();
  }
  collector.status = 200;
  await collector.next();
  const taken = collector.posts.length - 1;
  await stop(measured, collector, t);
  const counts = collector.posts.slice(taken).map(({ metrics }) => countOf(metrics[duration]));
  t.is(
    counts.reduce((sum, count) => sum + count),
    4,
  );
  const about = measured.log.filter(({ message }) => /collector/.test(String(message)));
  t.like(about, [
    {
      severity: 'WARNING',
      message: 'the collector takes no metrics',
      reason: 'the collector responded with 503',
    },
    { severity: 'INFO', message: 'the collector takes metrics again' },
  ]);
  t.is(about.length, 2);
});

test.serial('a stop under load counts each response that was sent', async t => {
  const { measured, collector } = await start(t, { LAME_DUCK_MS: '200' });
  const load = startLoad(measured.url, 4);
  await load.reached(100);
  const { metrics } = await stop(measured, collector, t);
  const { answered, broken } = await load.stop();
  t.is(broken, 0);
  t.is(countOf(metrics[duration]), answered.length);
  t.is(countOf(metrics['faas.invoke_duration']), answered.length);
});

for (const [what, isThere] of [
  ['is not there', false],
  ['never responds', true],
] as const) {
  test.serial(`a collector that ${what} is logged once, and the stop ends within its limit`, async t => {
    const silent = await startOrigin(() => undefined);
    t.teardown(silent.close);
    if (!isThere) await silent.close();
    const { measured } = await start(t, {
      ...often,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${silent.url}/v1/metrics`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      SHUTDOWN_TIMEOUT_MS: '1500',
    });
    for (let n = 0; n < 20; n++) t.is((await fetch(measured.url)).status, 200);
    while (!measured.log.some(({ severity }) => severity === 'WARNING'))
      await new Promise(resolve => measured.child.stdout?.once('data', resolve));
    const began = performance.now();
    measured.child.kill('SIGTERM');
    t.is((await measured.exit).code, 0);
    t.true(performance.now() - began < 2_500, `${performance.now() - began} ms`);
    t.is(measured.log.filter(({ severity }) => severity === 'WARNING').length, 1);
    t.like(measured.log.at(-1), { severity: 'ERROR', all_responded: true, metrics_delivered: false });
  });
}

test.serial(
  'what a collector has not responded to when the stop’s time is over was not delivered',
  async t => {
    const silent = await startOrigin(() => undefined);
    t.teardown(silent.close);
    const { measured } = await start(t, {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${silent.url}/v1/metrics`,
      SHUTDOWN_TIMEOUT_MS: '800',
    });
    measured.child.kill('SIGTERM');
    t.is((await measured.exit).code, 0);
    t.like(measured.log.at(-1), { severity: 'ERROR', metrics_delivered: false });
  },
);

test.serial('what a collector refuses for good is not sent again, and the stop says so', async t => {
  const { measured, collector } = await start(t);
  collector.status = 400;
  await fetch(measured.url);
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  t.is(collector.posts.length, 1);
  t.like(measured.log.at(-2), {
    message: 'the collector takes no metrics',
    reason: 'the collector responded with 400',
  });
  t.like(measured.log.at(-1), { severity: 'ERROR', metrics_delivered: false });
});

test.serial('OTLP’s endpoint, headers, compression and histograms for metrics work', async t => {
  const { measured, collector } = await start(t, url => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-one=1,x-two=2',
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-two=a%20b',
    OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'GZIP',
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: 'base2_exponential_bucket_histogram',
    OTEL_RESOURCE_ATTRIBUTES: 'team=a%2Cb',
    OTEL_METRICS_EXPORTER: 'OTLP, xray',
  }));
  await fetch(measured.url);
  const { path, headers, resource, metrics } = await stop(measured, collector, t);
  t.is(path, '/base/v1/metrics');
  t.like(headers, { 'x-one': '1', 'x-two': 'a b', 'content-encoding': 'gzip' });
  t.is(resource['team'], 'a,b');
  t.like(metrics[duration], { kind: 'exponentialHistogram', unit: 's' });
  t.is(countOf(metrics[duration]), 1);
  t.regex(
    String(measured.log[0]?.['message']),
    /^OTEL_METRICS_EXPORTER="OTLP, xray" .*; used instead: otlp$/,
  );
});

test.serial('OTLP’s endpoint for metrics is used as it is', async t => {
  const { measured, collector } = await start(t, url => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/here`,
  }));
  t.is((await stop(measured, collector, t)).path, '/here');
});

test.serial('what a collector takes only in part is logged, and the stop says so', async t => {
  const { measured, collector } = await start(t, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  collector.body = '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}';
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  const reason = 'the collector did not want them: too old';
  t.like(measured.log.at(-2), { severity: 'WARNING', message: 'the collector takes no metrics', reason });
  t.like(measured.log.at(-1), { severity: 'ERROR', metrics_delivered: false });
});
