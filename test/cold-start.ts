import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import { startTraceBackend, type TraceBackend } from '../packages/traced/src/dev/traces/backend.ts';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { ask } from './helpers/functions.ts';
import { startFunctionProcess } from './helpers/process.ts';

const backend: TraceBackend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0 });
test.after.always(() => backend.close());

/** Runs root, asks it twice, at first `idleMs` after it is ready, stops it, and returns the two requests' traces. */
async function coldAndWarm(env: NodeJS.ProcessEnv, idleMs = 0): Promise<[JaegerTrace, JaegerTrace]> {
  const root = await startFunctionProcess('root', {
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${backend.otlpPort}`,
    ...env,
  });
  await pause(idleMs);
  const cold = await ask(root.url);
  const warm = await ask(root.url);
  root.child.kill('SIGTERM');
  await root.exit;
  return [backend.store.trace(cold.traceId), backend.store.trace(warm.traceId)] as [JaegerTrace, JaegerTrace];
}

const names = (trace: JaegerTrace) => trace.spans.map(({ operationName }) => operationName).sort();
const tag = (trace: JaegerTrace, span: string, key: string) =>
  trace.spans.find(({ operationName }) => operationName === span)?.tags.find(tag => tag.key === key)?.value;

function assertPhases(t: import('ava').ExecutionContext, trace: JaegerTrace): void {
  const cold = trace.spans.find(({ operationName }) => operationName === 'cold start');
  const phases = trace.spans
    .filter(({ references }) => references.some(({ spanID }) => spanID === cold?.spanID))
    .sort((a, b) => a.startTime - b.startTime);
  t.deepEqual(
    phases.map(({ operationName }) => operationName),
    ['boot', 'sdk', 'load', 'listen'],
  );
  t.is(phases[0]?.startTime, cold?.startTime);
  const sum = phases.reduce((total, { duration }) => total + duration, 0);
  t.true(
    Math.abs(sum - (cold?.duration ?? 0)) < 10,
    'the phases add up to the whole, but for rounding to microseconds',
  );
}

test.serial(
  'a process that was ready before its first request links to its start, a trace of its own',
  async t => {
    const [first, second] = await coldAndWarm({});
    t.deepEqual(names(first), ['GET /']);
    t.is(tag(first, 'GET /', 'faas.coldstart'), true);
    t.is(tag(second, 'GET /', 'faas.coldstart'), false);
    const link = first.spans[0]?.references.find(({ refType }) => refType === 'FOLLOWS_FROM');
    const start = backend.store.trace(link?.traceID ?? '') as JaegerTrace;
    t.deepEqual(names(start), ['boot', 'cold start', 'listen', 'load', 'sdk']);
    assertPhases(t, start);
  },
);

test.serial(
  'a process that Knative started for a request has its start in the request’s trace, once',
  async t => {
    const [first, second] = await coldAndWarm({ K_SERVICE: 'root', K_REVISION: 'root-00001' });
    t.deepEqual(names(first), ['GET /', 'boot', 'cold start', 'listen', 'load', 'sdk']);
    const server = first.spans.find(({ operationName }) => operationName === 'GET /');
    const cold = first.spans.find(({ operationName }) => operationName === 'cold start');
    t.is(cold?.references[0]?.spanID, server?.spanID);
    assertPhases(t, first);
    t.deepEqual(names(second), ['GET /']);
    const [process] = Object.values(first.processes);
    t.is(process?.serviceName, 'root-fn');
    t.is(process?.tags.find(({ key }) => key === 'faas.version')?.value, 'root-00001');
  },
);

test.serial(
  'a platform that is slow to pass on the request that it started a process for is waited for',
  async t => {
    const [first] = await coldAndWarm({ K_SERVICE: 'root', K_REVISION: 'root-00001' }, 2_000);
    t.true(names(first).includes('cold start'));
  },
);
