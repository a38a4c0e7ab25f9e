/** Metrics that Prometheus fetches. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import test from 'ava';
import { prometheusText } from '../src/prometheus-text.ts';
import { scrapeUrl, start } from './helpers/measured.ts';
import { readPage, samplesOf } from './helpers/prometheus-page.ts';

const prometheus = { OTEL_METRICS_EXPORTER: 'prometheus' };

test.serial('a scrape has every instrument once, with its unit and its counts', async t => {
  const { measured } = await start(t, prometheus);
  for (let n = 0; n < 4; n++) await (await fetch(`${measured.url}/?to=${measured.url}/healthz`)).text();
  const response = await fetch(scrapeUrl(measured));
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const families = readPage(await response.text());
  t.deepEqual(
    Object.entries(families).map(([name, { type }]) => `${name} ${type}`),
    [
      'target_info gauge',
      'http_server_request_duration_seconds histogram',
      'http_client_request_duration_seconds histogram',
      'faas_init_duration_seconds histogram',
      'faas_invoke_duration_seconds histogram',
      'faas_coldstarts_total counter',
      'orders_total counter',
    ],
  );
  const server = 'http_server_request_duration_seconds';
  const labels = { http_request_method: 'GET', http_response_status_code: '200', url_scheme: 'http' };
  const [count] = samplesOf(families[server], `${server}_count`, labels);
  const [sum] = samplesOf(families[server], `${server}_sum`, labels);
  const inBuckets = samplesOf(families[server], `${server}_bucket`, labels).map(({ value }) => value);
  t.is(count?.value, 4);
  t.true((sum?.value ?? 0) > 0);
  t.is(inBuckets.length, 15);
  t.deepEqual(
    inBuckets,
    [...inBuckets].sort((a, b) => a - b),
    'buckets hold all that is below',
  );
  t.is(inBuckets.at(-1), 4);
  t.is(samplesOf(families['faas_coldstarts_total'], 'faas_coldstarts_total')[0]?.value, 1);
  const client = 'http_client_request_duration_seconds';
  t.is(samplesOf(families[client], `${client}_count`, { server_port: `${measured.port}` })[0]?.value, 4);
  t.like(families['target_info']?.samples[0]?.labels, { service_name: 'measured-fn', faas_name: 'measured' });
});

test.serial('scrapes are neither traced nor measured, and counts stay from one to the next', async t => {
  const { measured, collector } = await start(t, { ...prometheus, OTEL_TRACES_EXPORTER: 'otlp' });
  for (let n = 0; n < 3; n++) {
    const families = readPage(await (await fetch(scrapeUrl(measured))).text());
    t.deepEqual(Object.keys(families), ['target_info', 'faas_init_duration_seconds']);
    const name = 'faas_init_duration_seconds_count';
    t.is(samplesOf(families['faas_init_duration_seconds'], name)[0]?.value, 1);
  }
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  t.is(collector.traces, 0);
  const last = measured.log.at(-1);
  t.like(last, { message: 'stopped', severity: 'INFO', spans_delivered: 0 });
  t.false('metrics_delivered' in (last ?? {}), 'nothing was to be delivered');
});

test.serial('other paths and methods are refused', async t => {
  const { measured } = await start(t, prometheus);
  const url = scrapeUrl(measured);
  t.is((await fetch(url.replace('/metrics', '/'))).status, 404);
  const refused = await fetch(url, { method: 'POST', body: 'x' });
  t.is(refused.status, 405);
  t.is(refused.headers.get('allow'), 'GET, HEAD');
  t.is((await fetch(`${url}?name[]=a`)).status, 200);
});

test.serial('metrics are served on no address that others can reach', async t => {
  const { measured } = await start(t, prometheus);
  const port = Number(new URL(scrapeUrl(measured)).port);
  const others = Object.values(networkInterfaces()).flatMap(each => each ?? []);
  for (const { address } of others.filter(({ internal, family }) => !internal && family === 'IPv4')) {
    await t.throwsAsync(once(net.connect(port, address), 'connect'), { code: 'ECONNREFUSED' }, address);
  }
});

test.serial('OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0 serves metrics on all addresses', async t => {
  const { measured } = await start(t, { ...prometheus, OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' });
  const port = Number(new URL(scrapeUrl(measured)).port);
  const all = Object.values(networkInterfaces()).flatMap(each => each ?? []);
  for (const { address } of all.filter(({ family }) => family === 'IPv4'))
    t.is((await fetch(`http://${address}:${port}/metrics`)).status, 200, address);
});

test.serial('a port that is taken is one error, and the function serves', async t => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const { measured } = await start(t, {
    ...prometheus,
    OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
  });
  t.is((await fetch(measured.url)).status, 200);
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  const errors = measured.log.filter(({ severity }) => severity !== 'INFO');
  t.is(errors.length, 1);
  t.like(errors[0], { severity: 'ERROR', message: 'metrics cannot be scraped' });
  t.regex(String(errors[0]?.['reason']), new RegExp(`EADDRINUSE.*127\\.0\\.0\\.1:${port}`));
});

test.serial('a stop does not wait for a scraper that sends only half a request', async t => {
  const { measured } = await start(t, prometheus);
  const url = scrapeUrl(measured);
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => undefined).write('GET /metrics HTTP/1.1\r\n');
  t.is((await fetch(url)).status, 200);
  measured.child.kill('SIGTERM');
  t.is((await measured.exit).code, 0);
  t.true(Number(measured.log.at(-1)?.['milliseconds']) < 5_000);
  await t.throwsAsync(fetch(url));
});

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

test('names get the suffixes of their units, and labels what Prometheus can read', async t => {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('one', '1');
  meter
    .createCounter('disk.read', { unit: 'By' })
    .add(5, { 'a.b': 'x"y\\z\n', a_b: 'second', list: ['p', 'q'] });
  meter.createCounter('jobs_total', { unit: '{job}' }).add(1);
  meter.createGauge('queue.size', { unit: '1' }).record(-2.5);
  meter.createUpDownCounter('rate', { unit: 'By/s' }).add(Number.POSITIVE_INFINITY);
  provider.getMeter('two').createCounter('disk.read', { unit: 'By' }).add(7);
  provider.getMeter('two').createGauge('jobs', {}).record(9);
  provider.getMeter('two').createGauge('jobs_total', {}).record(9);
  const { resourceMetrics } = await reader.collect();
  const families = readPage(prometheusText(resourceMetrics));
  t.deepEqual(Object.keys(families).slice(1), [
    'disk_read_bytes_total',
    'jobs_total',
    'queue_size',
    'rate_By_per_s',
    'jobs',
  ]);
  const read = families['disk_read_bytes_total']?.samples ?? [];
  t.deepEqual(
    read.map(({ value }) => value),
    [5, 7],
  );
  t.deepEqual(read[0]?.labels, {
    a_b: 'x"y\\z\n;second',
    list: '["p","q"]',
    otel_scope_name: 'one',
    otel_scope_version: '1',
  });
  t.is(families['queue_size']?.samples[0]?.value, -2.5);
  t.is(families['jobs_total']?.samples.length, 1, 'a name has one type');
});

test('a scrape has at most 2,000 series of an instrument, however many hosts are called', async t => {
  const reader = new Reader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter('one').createCounter('calls');
  for (let host = 0; host < 3_000; host++) counter.add(1, { 'server.address': `${host}.test` });
  const { resourceMetrics } = await reader.collect();
  const { samples = [] } = readPage(prometheusText(resourceMetrics))['calls_total'] ?? {};
  t.is(samples.length, 2_000);
  t.is(samples.find(({ labels }) => labels['otel_metric_overflow'] === 'true')?.value, 1_001);
});
