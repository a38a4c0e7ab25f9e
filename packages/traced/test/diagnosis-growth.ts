import test from 'ava';
import { shapeNames, traceOf } from '../../../bench/diagnosis/shapes.ts';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { renderDiagnosis } from '../src/diagnosis/report.ts';
import { readTraces } from '../src/read/index.ts';
import { drawnAt } from './helpers/timeline.ts';

const many = 16_000;
/** What grows with the square of that many takes half a minute and more; what does not, a second or two. */
const withinMs = 20_000;

for (const shape of shapeNames) {
  test(`a ${shape} trace of ${many} spans is read, diagnosed and reported soon`, t => {
    const text = JSON.stringify({ data: [traceOf(shape, many)] });
    const startedAt = performance.now();
    const [trace] = readTraces(text);
    t.true(trace !== undefined && trace.spans.length >= many);
    renderDiagnosis(diagnose(trace as JaegerTrace));
    t.true(performance.now() - startedAt < withinMs);
  });
}

type Sketch = Partial<Pick<JaegerSpan, 'operationName' | 'processID' | 'startTime' | 'duration'>> & {
  tags?: Record<string, string | boolean>;
};

function span(n: number, parent: number | undefined, { tags = {}, ...rest }: Sketch): JaegerSpan {
  const toTag = ([key, value]: [string, string | boolean]): JaegerTag => ({
    key,
    type: typeof value === 'string' ? 'string' : 'bool',
    value,
  });
  return {
    traceID: 't',
    spanID: `${n}`,
    operationName: 'work',
    references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: 't', spanID: `${parent}` }],
    startTime: drawnAt + 2_000 * n,
    duration: 1_800,
    tags: Object.entries(tags).map(toTag),
    logs: [],
    processID: 'gateway',
    warnings: null,
    ...rest,
  };
}

function trace(spans: JaegerSpan[]): JaegerTrace {
  const ids = new Set(spans.map(({ processID }) => processID));
  const processes = Object.fromEntries([...ids].map(id => [id, { serviceName: id, tags: [] }]));
  return { traceID: 't', spans, processes, warnings: null };
}

const server = { 'span.kind': 'server', 'faas.coldstart': false };

/** So many spans below one, one after the other. */
function below(root: Sketch, child: (n: number) => Sketch): JaegerTrace {
  const whole = { duration: 2_000 * many, tags: server, ...root };
  return trace(
    Array.from({ length: many }, (_, n) => (n === 0 ? span(0, undefined, whole) : span(n, 0, child(n)))),
  );
}

const failed = (why: string) => ({ 'span.kind': 'client', error: true, 'otel.status_description': why });

const hard: Record<string, JaegerTrace> = {
  'connections, each to another address': below({}, n => ({
    operationName: 'tcp connect',
    tags: { 'span.kind': 'client', 'server.address': `host-${n}` },
  })),
  'addresses that do not answer': below({}, n => ({
    operationName: 'tcp connect',
    tags: { ...failed('ECONNREFUSED'), 'server.address': `host-${n}` },
  })),
  'calls tried again': below({}, n => ({
    operationName: 'GET',
    tags: {
      ...(n % 2 === 0 ? { 'span.kind': 'client' } : failed('reset')),
      'url.full': `http://host/${n >> 1}`,
    },
  })),
  'waits in a queue': below({ processID: 'activator' }, () => ({
    processID: 'activator',
    operationName: 'throttler_try',
  })),
  'pieces of work that stand still': below({}, n => ({
    duration: n % 5 === 0 ? 1_900_000 : 500,
    startTime: drawnAt + 2_000_000 * n,
  })),
  'queries of many kinds': below({}, n => ({
    operationName: 'query',
    tags: {
      'span.kind': 'client',
      'db.system': 'postgresql',
      'db.statement': `select ${'x'.repeat((n / 5) % 400)} from t`,
    },
  })),
  'failures passed on by a chain': trace(
    Array.from({ length: many }, (_, n) =>
      span(n, n === 0 ? undefined : n - 1, { duration: 4_000 * many - 4_000 * n, tags: { error: true } }),
    ),
  ),
};

for (const [name, hardTrace] of Object.entries(hard)) {
  test(`${many} ${name} are diagnosed and reported soon`, t => {
    const startedAt = performance.now();
    const diagnosis = diagnose(hardTrace);
    renderDiagnosis(diagnosis);
    t.true(performance.now() - startedAt < withinMs);
    t.is(diagnosis.tree.nodes.length, many);
  });
}
