/** What a function measures, as a collector gets it. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { startOrigin } from '../../../test/helpers/origin.ts';
import { spawnFunction } from '../../../test/helpers/process.ts';
import { source, start, stop } from './helpers/measured.ts';
import { countOf } from './helpers/metrics-collector.ts';

const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const get = async (url: string, init?: RequestInit): Promise<unknown> => {
  const response = await fetch(url, init);
  const text = await response.text();
  return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
};

for (const protocol of ['http/protobuf', 'http/json']) {
  test.serial(`SIGTERM sends every request’s duration, by ${protocol}`, async t => {
    const { measured, collector } = await start(t, {
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_BSP_SCHEDULE_DELAY: '0',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
    });
    const began = performance.now();
    for (let n = 0; n < 7; n++) await get(`${measured.url}/some/path-${n}`);
    const seconds = (performance.now() - began) / 1_000;
    await get(`${measured.url}/healthz`);
    // By then spans and metrics have been exported.
    for (let n = 0; n < 3; n++) await collector.next();
    const { metrics, resource, path, headers } = await stop(measured, collector, t);
    t.is(path, '/v1/metrics');
    t.is(headers['content-type'], protocol === 'http/json' ? 'application/json' : 'application/x-protobuf');
    t.like(resource, { 'service.name': 'measured-fn', 'faas.name': 'measured' });
    t.true(collector.traces > 0, 'traces are sent, too, and counted nowhere');

    const server = metrics['http.server.request.duration'];
    t.like(server, { unit: 's', kind: 'histogram', isDelta: false, scope: 'runtime' });
    t.is(server?.points.length, 1, 'one series, whatever the paths');
    const [point] = server?.points ?? [];
    t.deepEqual(point?.attributes, {
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'http.response.status_code': 200,
    });
    t.is(point?.count, 7);
    t.deepEqual(point?.bounds, buckets);
    t.is(
      point?.buckets?.reduce((sum, each) => sum + each),
      7,
    );
    t.true((point?.sum ?? 0) > 0 && (point?.sum ?? 0) < seconds, `${point?.sum} s of ${seconds} s`);
    t.is(metrics['http.client.request.duration'], undefined);
  });
}

test.serial('a cold start, its duration and each invocation are counted', async t => {
  const { measured, collector } = await start(t);
  for (let n = 0; n < 3; n++) await get(measured.url);
  const { metrics } = await stop(measured, collector, t);
  const trigger = { 'faas.trigger': 'http' };
  t.like(metrics['faas.coldstarts'], { unit: '{coldstart}', kind: 'sum', isDelta: false });
  t.deepEqual(metrics['faas.coldstarts']?.points, [{ attributes: trigger, value: 1 }]);
  for (const [name, count] of [['faas.init_duration', 1] as const, ['faas.invoke_duration', 3] as const]) {
    t.like(metrics[name], { unit: 's', kind: 'histogram' });
    t.is(metrics[name]?.points.length, 1);
    t.like(metrics[name]?.points[0], { attributes: trigger, count, bounds: buckets });
  }
  const init = metrics['faas.init_duration']?.points[0]?.sum ?? 0;
  t.true(init > 0.02 && init < 20, `${init} s`);
});

test.serial('a process that nobody asks has started, but not cold for a request', async t => {
  const { measured, collector } = await start(t);
  await get(`${measured.url}/healthz`);
  const { metrics } = await stop(measured, collector, t);
  t.deepEqual(Object.keys(metrics), ['faas.init_duration']);
});

test.serial(
  'failures, refusals, unknown methods and clients that leave have series of their own',
  async t => {
    const { measured, collector } = await start(t);
    await get(`${measured.url}/?fail`);
    for (const method of ['PROPFIND', 'LOCK']) await get(measured.url, { method });
    const left = http.get(`${measured.url}/?hang`).on('error', () => undefined);
    const [response] = await once(left, 'response');
    response.on('error', () => undefined);
    left.destroy();
    const { metrics } = await stop(measured, collector, t);
    const server = metrics['http.server.request.duration'];
    t.is(countOf(server, { 'http.response.status_code': 500, 'error.type': '500' }), 1);
    t.is(countOf(server, { 'http.request.method': '_OTHER' }), 2);
    t.is(countOf(server, { 'error.type': 'client_gone' }), 1);
    t.is(server?.points.length, 3);
    t.is(countOf(metrics['faas.invoke_duration']), 4);
  },
);

for (const by of ['http', 'fetch']) {
  test.serial(`requests by ${by} are counted by where they go and what came of them`, async t => {
    const { measured, collector } = await start(t, { OTEL_TRACES_SAMPLER: 'always_off' });
    const origin = await startOrigin((req, res) => {
      if (req.url === '/cut') res.writeHead(200, { 'content-length': 9 }).write('some', () => res.destroy());
      else res.writeHead(req.url === '/missing' ? 404 : 200).end('fine');
    });
    t.teardown(origin.close);
    const closed = await startOrigin(() => undefined);
    await closed.close();
    const to = [`${origin.url}/a?b=1`, `${origin.url}/c`, `${origin.url}/missing`, closed.url];
    const query = new URLSearchParams([['by', by], ...to.map((url): [string, string] => ['to', url])]);
    t.deepEqual(await get(`${measured.url}/?${query}`), [200, 200, 404, 'ECONNREFUSED']);
    if (by === 'http') {
      const cut = new URLSearchParams({ to: `${origin.url}/cut`, host: 'elsewhere.test' });
      t.deepEqual(await get(`${measured.url}/?${cut}`), ['cut off']);
    }
    const others = new URLSearchParams([
      ['by', by],
      ['to', closed.url.replace('http:', 'https:')],
      ['to', `http://[::1]:${new URL(closed.url).port}`],
    ]);
    await get(`${measured.url}/?${others}`);
    const { metrics } = await stop(measured, collector, t);
    const client = metrics['http.client.request.duration'];
    t.like(client, { unit: 's', kind: 'histogram', scope: 'runtime' });
    const port = Number(new URL(origin.url).port);
    const there = { 'http.request.method': 'GET', 'server.address': '127.0.0.1', 'server.port': port };
    t.is(countOf(client, { ...there, 'http.response.status_code': 200, 'error.type': undefined }), 2);
    t.is(countOf(client, { ...there, 'http.response.status_code': 404, 'error.type': '404' }), 1);
    const nowhere = { 'server.port': Number(new URL(closed.url).port), 'error.type': 'ECONNREFUSED' };
    t.is(countOf(client, { ...nowhere, 'server.address': '127.0.0.1' }), 2, 'by http and https');
    t.is(countOf(client, { ...nowhere, 'server.address': '::1' }), 1);
    t.is(countOf(client, { ...there, 'error.type': 'aborted' }), by === 'http' ? 1 : 0);
    t.is(client?.points.length, by === 'http' ? 5 : 4);
    t.deepEqual(client?.points[0]?.bounds, buckets);
  });
}

test.serial('the function’s own meters are exported beside the runtime’s', async t => {
  const { measured, collector } = await start(t);
  await get(measured.url);
  await get(measured.url);
  const { metrics } = await stop(measured, collector, t);
  t.like(metrics['orders'], {
    scope: 'shop',
    unit: '{order}',
    points: [{ attributes: { kind: 'test' }, value: 2 }],
  });
});

test.serial('instrumentations that package.json names have their metrics exported, too', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const packageFolder = join(folder, 'node_modules/@acme/instrumentation');
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"dependencies":{"@acme/instrumentation":"1.0.0"}}');
  writeFileSync(join(folder, 'index.js'), "exports.measured = (req, res) => res.send('fine');");
  const base = createRequire(import.meta.url).resolve('@opentelemetry/instrumentation');
  const instrumentation = `
    const { InstrumentationBase } = require(${JSON.stringify(base)});
    exports.OwnInstrumentation = class extends InstrumentationBase {
      constructor(config) { super('@acme/instrumentation', '1', config); }
      init() {}
      _updateMetricInstruments() { this.meter.createCounter('acme.made').add(1); }
    };`;
  writeFileSync(join(packageFolder, 'index.js'), instrumentation);
  const { measured, collector } = await start(t, { FUNCTION_SOURCE: folder });
  t.is(await get(measured.url), 'fine');
  const { metrics } = await stop(measured, collector, t);
  t.like(metrics['acme.made'], { scope: '@acme/instrumentation', kind: 'sum' });
});

test.serial('a route that a function names is an attribute', async t => {
  const { measured: root, collector } = await start(t, {
    FUNCTION_SOURCE: fileURLToPath(new URL('../../../functions/root/index.ts', import.meta.url)),
    FUNCTION_TARGET: 'root',
  });
  await get(root.url);
  const { metrics } = await stop(root, collector, t);
  t.is(countOf(metrics['http.server.request.duration'], { 'http.route': '/' }), 1);
});

test.serial('requests of an Express app are counted by their routes, not by their paths', async t => {
  const { measured: app, collector } = await start(t, { FUNCTION_TARGET: 'app' });
  for (const path of ['items/1', 'items/2', 'nothing/1', 'nothing/2']) await get(`${app.url}/${path}`);
  const { metrics } = await stop(app, collector, t);
  const server = metrics['http.server.request.duration'];
  t.is(server?.points.length, 2);
  t.is(countOf(server, { 'http.route': '/items/:id', 'http.response.status_code': 200 }), 2);
  t.is(countOf(server, { 'http.route': undefined, 'http.response.status_code': 404 }), 2);
});

test.serial('a connection that is upgraded is a request with status 101', async t => {
  const { measured: upgrading, collector } = await start(t, {
    FUNCTION_TARGET: 'upgrading',
    FUNCTION_SOURCE: fileURLToPath(new URL('./sources/upgrading.ts', import.meta.url)),
  });
  const headers = { connection: 'Upgrade', upgrade: 'x' };
  const [response, socket] = await once(http.get(upgrading.url, { headers }), 'upgrade');
  t.is(response.statusCode, 101);
  await once(socket.resume(), 'close');
  t.is(await get(upgrading.url), 'plain');
  const { metrics } = await stop(upgrading, collector, t);
  const server = metrics['http.server.request.duration'];
  t.is(countOf(server, { 'http.response.status_code': 101, 'error.type': undefined }), 1);
  t.is(countOf(server, { 'http.response.status_code': 200 }), 1);
  t.is(countOf(metrics['faas.invoke_duration']), 2);
});

test.serial('an event function is invoked by events, not by what is refused', async t => {
  const { measured: event, collector } = await start(t, { FUNCTION_TARGET: 'event' });
  const ce = { 'ce-id': '1', 'ce-source': '/a', 'ce-type': 't', 'ce-specversion': '1.0' };
  const init = { method: 'POST', headers: { ...ce, 'content-type': 'application/json' }, body: '{}' };
  t.is(await get(event.url, init), 'done');
  await get(event.url);
  const { metrics } = await stop(event, collector, t);
  t.is(countOf(metrics['http.server.request.duration']), 2);
  t.is(countOf(metrics['faas.invoke_duration']), 1);
});

test.serial('OTEL_METRICS_EXPORTER=console prints metrics', async t => {
  const child = spawnFunction('measured', { FUNCTION_SOURCE: source, OTEL_METRICS_EXPORTER: 'console' });
  t.teardown(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', data => {
    text += data;
  });
  await once(child, 'message');
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
  t.regex(text, /name: 'faas\.init_duration'/);
  t.regex(text, /"metrics_delivered":true/);
});
