/** Whether OTLP read from a file gives the traces that a backend made of the same request. */
import type { ExecutionContext } from 'ava';
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { readTraces } from '../../src/read/index.ts';
import { getJson, type Target } from './trace-backend.ts';

/** Asserts it for each trace of the request; the backend may still be storing it. */
export async function sameTranslation(
  t: ExecutionContext,
  request: unknown,
  target: Pick<Target, 'query'>,
): Promise<void> {
  const traces = readTraces(JSON.stringify(request));
  t.true(traces.length > 0);
  for (const trace of traces) {
    const expected = comparable(trace);
    const answered = await settled(target, trace, JSON.stringify(expected));
    t.deepEqual(comparable(answered), expected);
    for (const [i, span] of byId(answered).entries()) sameTimes(t, byId(trace)[i] as JaegerSpan, span);
  }
}

async function settled(
  target: Pick<Target, 'query'>,
  trace: JaegerTrace,
  expected: string,
): Promise<JaegerTrace> {
  const deadline = Date.now() + 2_000;
  for (;;) {
    const { body } = await getJson(target, `/api/traces/${trace.traceID}?raw=true`);
    const [answered] = body.data ?? [];
    const done = answered !== undefined && JSON.stringify(comparable(answered)) === expected;
    if (done || Date.now() > deadline) return answered ?? { ...trace, spans: [] };
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

const byId = ({ spans }: JaegerTrace): JaegerSpan[] =>
  spans.toSorted((a, b) => (a.spanID < b.spanID ? -1 : 1));

/** What both have alike: not the order of spans, which is random in Jaeger, nor its warnings and times. */
function comparable({ traceID, spans, processes }: JaegerTrace): unknown {
  const content = spans.map(({ spanID, operationName, references, tags, logs, processID }) => ({
    spanID,
    operationName,
    references,
    tags,
    logs: logs.map(({ timestamp, fields }) => ({ timestamp: Math.floor(timestamp), fields })),
    process: processes[processID],
  }));
  return { traceID, spans: content.map(span => JSON.stringify(span)).sort() };
}

/** Jaeger cuts times to whole µs, and mends spans that end before they began. */
function sameTimes(t: ExecutionContext, read: JaegerSpan, answered: JaegerSpan): void {
  t.is(Math.floor(read.startTime), answered.startTime);
  if (read.duration > 0) t.true(Math.abs(read.duration - answered.duration) <= 1.25, String(read.duration));
  else t.is(answered.duration, 0);
}

/** Asserts that Jaeger's API v3, which answers in OTLP, reads as its first API does, but for the order of tags. */
export async function sameInBothApis(
  t: ExecutionContext,
  jaeger: Pick<Target, 'query'>,
  id: string,
): Promise<void> {
  const read = async (path: string) =>
    readTraces(await (await fetch(jaeger.query + path)).text())[0] as JaegerTrace;
  const expected = sortedTags(await read(`/api/traces/${id}`));
  const answered = sortedTags(await read(`/api/v3/traces/${id}`));
  t.deepEqual(comparable(answered), comparable(expected));
}

function sortedTags(trace: JaegerTrace): JaegerTrace {
  const sorted = (tags: JaegerTag[]) => tags.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const processes = Object.entries(trace.processes).map(
    ([id, process]) => [id, { ...process, tags: sorted(process.tags) }] as const,
  );
  return {
    ...trace,
    spans: trace.spans.map(span => ({ ...span, tags: sorted(span.tags) })),
    processes: Object.fromEntries(processes),
  };
}
