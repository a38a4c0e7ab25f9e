import test from 'ava';
import { targets } from '../functions/shared/targets.ts';
import { startRedisServer } from '../local/redis-server.ts';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import type { JaegerSpan, JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { Bundles } from './helpers/bundles.ts';
import { exportersTo } from './helpers/exporters.ts';
import { ask } from './helpers/functions.ts';
import { startLoad } from './helpers/load.ts';
import { parentIdOf, serviceEdges } from './helpers/npm-start.ts';
import { startOrigin } from './helpers/origin.ts';
import { type FunctionProcess, sourceOf } from './helpers/process.ts';

const bundles = new Bundles();
const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0, maxTraces: 100_000 });
const page = await startOrigin((_req, res) => res.setHeader('x-page', 'yes').end('page'));
const redisServer = await startRedisServer();

const functions = [...targets.map(({ name }) => name), 'gateway'];

test.before(async t => {
  t.timeout(300_000);
  for (const name of functions) await bundles.make(name);
  await bundles.make('stray', sourceOf('stray'));
});
test.after.always(async () => {
  bundles.remove();
  await Promise.all([backend.close(), page.close(), redisServer.close()]);
});

const exporters = exportersTo(backend);

const others = { UPSTREAM_URL: page.url, REDIS_URL: `redis://127.0.0.1:${redisServer.port}` };

/** Stops the processes in order, and says of each how it went. */
const stopAll = (processes: FunctionProcess[]) =>
  Promise.all(
    processes.map(async ({ child, exit, log }) => {
      child.kill('SIGTERM');
      const { code } = await exit;
      return { code, dropped: log.at(-1)?.['spans_dropped'] };
    }),
  );

const traceOf = (id: string): JaegerTrace => {
  const trace = backend.store.trace(id);
  if (trace === undefined) throw new Error(`there is no trace ${id}`);
  return trace;
};

const tag = ({ tags }: JaegerSpan, key: string) => tags.find(each => each.key === key)?.value;
const spansOf = ({ spans, processes }: JaegerTrace, service: string, name: string) =>
  spans.filter(
    ({ operationName, processID }) => operationName === name && processes[processID]?.serviceName === service,
  );

for (const [name, exporter] of Object.entries(exporters)) {
  test.serial(`a request through all bundles is one trace, down to its Redis commands (${name})`, async t => {
    const env = { ...exporter, ...others };
    const started = await Promise.all(functions.slice(0, -1).map(each => bundles.start(each, env)));
    const urls = targets.map(({ variable }, n) => [variable, started[n]?.url]);
    const gateway = await bundles.start('gateway', { ...env, ...Object.fromEntries(urls) });
    const { status, text, traceId } = await ask(`${gateway.url}/all`);
    t.is(status, 200);
    t.is(JSON.parse(text).redis.body.stored['header:x-page'], 'yes');
    const stopped = await stopAll([...started, gateway]);
    t.deepEqual(stopped, Array(functions.length).fill({ code: 0, dropped: 0 }));

    const trace = traceOf(traceId);
    const edges = targets.map(({ name }) => `gateway-fn > ${name}-fn`);
    t.deepEqual(serviceEdges(trace), edges.sort());
    const count = (service: string, span: string) => spansOf(trace, service, span).length;
    t.is(count('gateway-fn', 'GET'), targets.length);
    t.is(count('alpha-fn', 'work'), 100);
    t.is(count('beta-fn', 'GET'), 1);
    t.is(count('redis-fn', 'mset'), 1);
    t.is(count('redis-fn', 'exec'), 1);
    const [get] = spansOf(trace, 'redis-fn', 'GET');
    const [mset] = spansOf(trace, 'redis-fn', 'mset');
    const [server] = spansOf(trace, 'redis-fn', 'GET /redis');
    for (const span of [get, mset]) t.is(span && parentIdOf(span), server?.spanID);
    t.regex(String(mset && tag(mset, 'db.query.text')), /^mset header:\S+ \[\d+ other arguments\]$/);
    t.is(get && tag(get, 'http.client.connection.reused'), false);
  });

  test.serial(
    `a bundle that is stopped under load loses no span of an answered request (${name})`,
    async t => {
      const root = await bundles.start('root', { ...exporter, LAME_DUCK_MS: '200' });
      const load = startLoad(root.url, 4);
      await load.reached(100);
      t.deepEqual(await stopAll([root]), [{ code: 0, dropped: 0 }]);
      const { answered, broken } = await load.stop();
      t.is(broken, 0);
      t.deepEqual(
        answered.filter(id => backend.store.trace(id) === undefined),
        [],
      );
    },
  );
}

test.serial('a GET over https has its client span, here one that fails', async t => {
  const url = page.url.replace('http:', 'https:');
  const beta = await bundles.start('beta', { ...exporters.jaeger, UPSTREAM_URL: url });
  const { status, traceId } = await ask(beta.url);
  t.is(status, 502);
  await stopAll([beta]);
  const [get] = spansOf(traceOf(traceId), 'beta-fn', 'GET');
  t.is(get && tag(get, 'url.full'), `${url}/`);
  t.is(get && tag(get, 'error'), true);
});

const failures = [
  { what: 'thrown by a handler', name: 'alpha', path: '/', env: { FAULTS: 'alpha-broken' }, code: 0 },
  { what: 'thrown outside of its handler’s promise', name: 'stray', path: '/?kind=timer', env: {}, code: 1 },
];

for (const { what, name, path, env, code } of failures) {
  test.serial(
    `an exception ${what} is a 500 that is seen in the trace, and the exit status is ${code}`,
    async t => {
      const bundle = await bundles.start(name, { ...exporters.jaeger, ...env });
      const { status, headers, text, traceId } = await ask(bundle.url + path);
      t.is(status, 500);
      t.is(headers.get('content-type'), 'application/problem+json');
      t.like(JSON.parse(text), { status: 500, title: 'Internal Server Error', traceId });
      if (code === 0) t.is((await ask(`${bundle.url}/healthz`)).status, 200);
      t.deepEqual(await stopAll([bundle]), [{ code, dropped: 0 }]);
      const server = traceOf(traceId).spans.find(span => tag(span, 'span.kind') === 'server');
      t.is(server && tag(server, 'error'), true);
      const logged = bundle.log.find(line => line['severity'] === 'ERROR');
      t.regex(String(logged?.['stack']), /^Error: .*\n +at .*main\.bundle\.cjs:\d+:\d+/);
    },
  );
}
