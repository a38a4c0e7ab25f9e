import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { isWhole } from '../packages/traced/src/dev/await-trace.ts';
import { startTraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import { functionNames } from '../scripts/function-names.ts';
import { Started } from './helpers/npm-start.ts';
import { untilGone } from './helpers/processes.ts';

/** Milliseconds from now until the promise settles. */
async function timed<T>(promise: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  return [await promise, performance.now() - startedAt];
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test.serial(`${signal} ends everything in order, with exit status 0`, async t => {
    const started = new Started(t);
    await started.ready();
    // The process itself, the functions, redis-server where there is one and what watches it.
    const redis = /^redis +redis-server/m.test(started.stdout) ? 2 : 0;
    t.is(started.processes().length, 1 + functionNames().length + redis);
    started.child.kill(signal);
    const [exit, milliseconds] = await timed(started.exit);
    t.deepEqual(exit, { code: 0, signal: null });
    t.true(milliseconds < 10_000);
    t.deepEqual(started.processes(), []);
    t.deepEqual(started.leftFiles(), []);
  });
}

for (const afterMs of [0, 100, 200, 300, 400, 600, 800]) {
  test.serial(`SIGTERM ${afterMs} ms after the start leaves nothing running`, async t => {
    const started = new Started(t);
    await pause(afterMs);
    started.child.kill('SIGTERM');
    const [{ code, signal }, milliseconds] = await timed(started.exit);
    // Before Node has run the first line there is nobody to handle the signal.
    t.true(code === 0 || signal === 'SIGTERM', `${code} ${signal} ${started.stderr}`);
    t.true(milliseconds < 10_000);
    t.deepEqual(started.processes(), []);
    t.notRegex(started.stderr, /Error|can't start/);
  });
}

test.serial(
  'a request that is under way when SIGTERM comes is answered, and all of its spans arrive',
  async t => {
    const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
    t.teardown(() => backend.close());
    const started = new Started(t, {
      env: {
        FAULTS: 'redis-lost-primary',
        JAEGER_URL: `http://127.0.0.1:${backend.queryPort}`,
        OTEL_EXPORTER_JAEGER_ENDPOINT: `http://127.0.0.1:${backend.collectorPort}/api/traces`,
        // So long that only the stop can have sent the spans.
        OTEL_BSP_SCHEDULE_DELAY: '60000',
      },
    });
    const { gateway } = await started.ready();
    const traceId = 'a'.repeat(32);
    const answering = fetch(`${gateway}/all`, {
      headers: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
    });
    // The fault makes it last a second.
    await pause(300);
    started.child.kill('SIGTERM');
    t.is((await answering).status, 200);
    t.deepEqual(await started.exit, { code: 0, signal: null });
    const trace = backend.store.trace(traceId);
    const services = new Set(trace?.spans.map(span => trace.processes[span.processID]?.serviceName));
    t.deepEqual(
      [...services].sort(),
      functionNames().map(name => `${name}-fn`),
    );
    const ids = new Set(trace?.spans.map(span => span.spanID));
    const outside = trace?.spans.filter(span => !ids.has(span.references[0]?.spanID ?? ''));
    t.deepEqual(
      outside?.map(span => span.operationName),
      ['GET /all'],
    );
  },
);

test.serial('a second SIGTERM ends everything at once', async t => {
  const started = new Started(t, { env: { FAULTS: 'alpha-stall' } });
  const { gateway } = await started.ready();
  const refused = t.throwsAsync(fetch(`${gateway}/alpha`));
  await pause(200);
  started.child.kill('SIGTERM');
  while (!started.stderr.includes('stopping')) await pause(5);
  started.child.kill('SIGTERM');
  const [exit, milliseconds] = await timed(started.exit);
  t.deepEqual(exit, { code: 143, signal: null });
  t.true(milliseconds < 3_000);
  await refused;
  for (const pid of started.processes()) await untilGone(pid);
  t.deepEqual(started.processes(), []);
});

test.serial('a second Ctrl-C ends everything at once, but not the echo of the first', async t => {
  const started = new Started(t, { env: { FAULTS: 'alpha-stall' } });
  const { gateway } = await started.ready();
  fetch(`${gateway}/alpha`).catch(() => {});
  await pause(200);
  started.child.kill('SIGINT');
  while (!started.stderr.includes('stopping')) await pause(5);
  started.child.kill('SIGINT');
  await pause(400);
  t.is(started.child.exitCode, null);
  started.child.kill('SIGINT');
  t.deepEqual(await started.exit, { code: 130, signal: null });
  for (const pid of started.processes()) await untilGone(pid);
  t.deepEqual(started.processes(), []);
});

test.serial('a second Ctrl-C ends everything at once while hostile spans are read', async t => {
  const started = new Started(t, { env: { FAULTS: 'alpha-stall' } });
  const { gateway } = await started.ready();
  const [, otlp = ''] = await started.stdoutHas(/OTLP on (\d+)/);
  fetch(`${gateway}/alpha`).catch(() => {});
  // Half a second of work each.
  const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array(90_000).fill({}) }] }] });
  const headers = { 'content-type': 'application/json' };
  for (let sent = 0; sent < 20; sent++)
    fetch(`http://127.0.0.1:${otlp}/v1/traces`, { method: 'POST', headers, body: spans }).catch(() => {});
  await pause(200);
  started.child.kill('SIGINT');
  while (!started.stderr.includes('stopping')) await pause(5);
  await pause(400);
  started.child.kill('SIGINT');
  const [exit, milliseconds] = await timed(started.exit);
  t.deepEqual(exit, { code: 130, signal: null });
  t.true(milliseconds < 2_000, `${milliseconds} ms`);
  for (const pid of started.processes()) await untilGone(pid);
  t.deepEqual(started.processes(), []);
});

for (const when of ['at once', 'while it starts', 'when it serves'] as const) {
  test.serial(
    `SIGTERM to npm ${when} leaves nothing running, though npm hands it on to a shell only`,
    async t => {
      const started = new Started(t, { npm: true });
      if (when === 'at once') await pause(700);
      else await started.stdoutHas(when === 'while it starts' ? /^traces/m : /in the browser/);
      started.child.kill('SIGTERM');
      const [, milliseconds] = await timed(started.exit); // the output ends with the last process that holds it
      for (const pid of started.processes()) await untilGone(pid);
      t.true(milliseconds < 10_000);
      t.deepEqual(started.processes(), []);
    },
  );
}

test.serial('Ctrl-C in a terminal stops npm start in order, though it comes twice', async t => {
  const started = new Started(t, { npm: true });
  await started.ready();
  // What the terminal does: every process of the foreground group gets it, npm too, which hands it on.
  process.kill(-(started.child.pid ?? 0), 'SIGINT');
  await started.exit;
  for (const pid of started.processes()) await untilGone(pid);
  t.regex(started.stderr, /SIGINT: stopping/);
  t.deepEqual(started.processes(), []);
});

test.serial('a request that outlasts the stop is given up within 10 s', async t => {
  const started = new Started(t, { env: { FAULTS: 'alpha-stall' } });
  const { gateway } = await started.ready();
  const refused = t.throwsAsync(fetch(`${gateway}/alpha`).then(response => response.text()));
  await pause(300);
  started.child.kill('SIGTERM');
  const [exit, milliseconds] = await timed(started.exit);
  t.deepEqual(exit, { code: 0, signal: null });
  t.true(milliseconds < 10_000, `${milliseconds} ms`);
  await refused;
  t.deepEqual(started.processes(), []);
});

test.serial('a function that is killed is started again, and a request meanwhile waits for it', async t => {
  const started = new Started(t);
  const { gateway } = await started.ready();
  const first = started.processOf('alpha');
  process.kill(first, 'SIGKILL');
  await untilGone(first);
  const [response, milliseconds] = await timed(fetch(`${gateway}/alpha`));
  t.is(response.status, 200);
  t.true(milliseconds < 5_000);
  t.not(started.processOf('alpha'), first);
  t.regex(started.stderr, /alpha ended \(SIGKILL\); starting it again/);
});

for (const afterMs of [300, 400, 500, 600, 700, 800, 3_000]) {
  test.serial(`SIGKILL ${afterMs} ms after the start leaves nothing running`, async t => {
    const started = new Started(t);
    await pause(afterMs);
    const left = started.processes();
    started.child.kill('SIGKILL');
    await started.exit;
    await Promise.all([...left, ...started.processes()].map(untilGone));
    t.deepEqual(started.processes(), []);
  });
}

test.serial('the trace of the first request is whole before it is shown', async t => {
  const started = new Started(t, { env: { OTEL_BSP_SCHEDULE_DELAY: '1500' } });
  t.true(isWhole(await started.firstTrace()));
});
