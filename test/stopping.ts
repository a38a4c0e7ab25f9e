import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import { exportersTo } from './helpers/exporters.ts';
import { ask } from './helpers/functions.ts';
import { startLoad } from './helpers/load.ts';
import { type FunctionProcess, sourceOf, spawnFunction, startFunctionProcess } from './helpers/process.ts';

const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0, maxTraces: 100_000 });
test.after.always(() => backend.close());

const { jaeger, otlp } = exportersTo(backend);

const stopLine = ({ log }: FunctionProcess) =>
  log.find(line => String(line['message']).startsWith('stopped'));

const missing = (ids: string[]) => ids.filter(id => backend.store.trace(id) === undefined).length;

for (const [name, env] of Object.entries({ jaeger, otlp })) {
  test.serial(`SIGTERM under load loses no span of a request that got its response (${name})`, async t => {
    const root = await startFunctionProcess('root', { ...env, LAME_DUCK_MS: '200' });
    const load = startLoad(root.url, 8);
    await load.reached(200);
    root.child.kill('SIGTERM');
    const { code } = await root.exit;
    const { answered, broken } = await load.stop();
    t.is(code, 0);
    t.is(broken, 0);
    t.is(missing(answered), 0);
    t.like(stopLine(root), { all_responded: true, spans_dropped: 0 });
  });
}

test.serial('a request under way at SIGTERM gets its response, and its spans arrive', async t => {
  const stray = await startFunctionProcess('stray', { ...jaeger, FUNCTION_SOURCE: sourceOf('stray') });
  const response = ask(`${stray.url}/?ms=800`);
  await pause(200);
  stray.child.kill('SIGTERM');
  const { status, traceId, headers } = await response;
  t.is(status, 200);
  t.is(headers.get('connection'), 'close');
  t.is((await stray.exit).code, 0);
  t.is(missing([traceId]), 0);
});

test.serial(
  'work that goes on after its response at SIGTERM is waited for, and its span arrives',
  async t => {
    const stray = await startFunctionProcess('stray', { ...jaeger, FUNCTION_SOURCE: sourceOf('stray') });
    const { status, traceId } = await ask(`${stray.url}/?kind=afterwards&work=1000`);
    t.is(status, 200);
    stray.child.kill('SIGTERM');
    t.is((await stray.exit).code, 0);
    t.true(backend.store.trace(traceId)?.spans.some(({ operationName }) => operationName === 'afterwards'));
    t.like(stopLine(stray), { severity: 'INFO', spans_dropped: 0 });
  },
);

test.serial('a span that never ends is counted when the time to stop is over', async t => {
  const stray = await startFunctionProcess('stray', {
    ...jaeger,
    FUNCTION_SOURCE: sourceOf('stray'),
    SHUTDOWN_TIMEOUT_MS: '8000',
  });
  const { traceId } = await ask(`${stray.url}/?kind=afterwards&work=-1`);
  stray.child.kill('SIGTERM');
  await stray.exit;
  t.is(missing([traceId]), 0, 'the request’s own span arrives');
  t.like(stopLine(stray), { severity: 'ERROR', all_responded: true, spans_unfinished: 1, spans_dropped: 0 });
});

test.serial('idle, half-open and half-written connections do not hold the exit up', async t => {
  const root = await startFunctionProcess('root', jaeger);
  await ask(root.url); // leaves an idle keep-alive connection
  const silent = net.connect(root.port, '127.0.0.1');
  const half = net.connect(root.port, '127.0.0.1');
  t.teardown(() => [silent, half].map(socket => socket.destroy()));
  for (const socket of [silent, half]) socket.on('error', () => undefined);
  await Promise.all([once(silent, 'connect'), once(half, 'connect')]);
  half.write('GET / HTTP/1.1\r\nhost: x\r\nx-half: ');
  await pause(100);
  const began = performance.now();
  root.child.kill('SIGTERM');
  t.is((await root.exit).code, 0);
  t.true(performance.now() - began < 3_000);
});

test.serial(
  'the deadline ends a request that is too slow, with exit status 1 and a line that says so',
  async t => {
    const stray = await startFunctionProcess('stray', {
      ...jaeger,
      FUNCTION_SOURCE: sourceOf('stray'),
      SHUTDOWN_TIMEOUT_MS: '700',
    });
    const response = t.throwsAsync(ask(`${stray.url}/?ms=20000`));
    await pause(200);
    const began = performance.now();
    stray.child.kill('SIGTERM');
    t.is((await stray.exit).code, 1);
    t.true(performance.now() - began < 2_000);
    await response;
    t.like(stopLine(stray), { severity: 'ERROR', all_responded: false });
  },
);

test.serial('a second signal ends the process at once', async t => {
  const stray = await startFunctionProcess('stray', { ...jaeger, FUNCTION_SOURCE: sourceOf('stray') });
  const response = t.throwsAsync(ask(`${stray.url}/?ms=20000`));
  await pause(200);
  stray.child.kill('SIGTERM');
  await pause(100);
  stray.child.kill('SIGTERM');
  t.is((await stray.exit).code, 143);
  await response;
});

test.serial('a process whose parent is gone stops by itself', async t => {
  const root = await startFunctionProcess('root', jaeger);
  root.child.disconnect();
  t.is((await root.exit).code, 0);
});

test.serial('a process whose log nobody reads any more goes on and stops in order', async t => {
  const stray = await startFunctionProcess('stray', { ...jaeger, FUNCTION_SOURCE: sourceOf('stray') });
  stray.child.stdout?.destroy();
  t.is((await ask(`${stray.url}/?kind=late`)).status, 200);
  t.is((await ask(stray.url)).status, 200);
  stray.child.kill('SIGTERM');
  const [code] = await once(stray.child, 'exit');
  t.is(code, 0);
});

test.serial('SIGTERM while it starts ends a process at once', async t => {
  const child = spawnFunction('root', jaeger);
  child.kill('SIGTERM');
  const [code, signal] = await once(child, 'exit');
  t.true(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
});

test.serial('with no collector the exit keeps to its deadline and says what was dropped', async t => {
  const root = await startFunctionProcess('root', {
    OTEL_TRACES_EXPORTER: 'jaeger',
    OTEL_EXPORTER_JAEGER_ENDPOINT: 'http://127.0.0.1:1/api/traces',
    SHUTDOWN_TIMEOUT_MS: '3000',
  });
  await ask(root.url);
  const began = performance.now();
  root.child.kill('SIGTERM');
  await root.exit;
  t.true(performance.now() - began < 4_000);
  t.true(Number(stopLine(root)?.['spans_dropped']) > 0);
});
