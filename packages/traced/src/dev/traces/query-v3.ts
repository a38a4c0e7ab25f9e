/** Jaeger's query API, version 3 (https://www.jaegertracing.io/docs/latest/architecture/apis/), over a store. */
import type { ServerResponse } from 'node:http';
import type { Span } from '../../read/span.ts';
import { adjustSteps } from './adjust.ts';
import { writeResourceSpans } from './otlp-writer.ts';
import { first, flag, ParameterError, parseTraceID } from './query-parameters.ts';
import { findParameters } from './query-v3-parameters.ts';
import { runInSlices, type Steps } from './slices.ts';
import type { TraceStore } from './store.ts';
import { type Answer, isLarge, type LargeResponses, smallList } from './trace-responses.ts';
import { summaryOf, type TraceSummary } from './trace-summary.ts';

interface Responding {
  response: ServerResponse;
  largeResponses: LargeResponses;
}

/** @param path below `/api/v3/` */
export async function answerV3(
  store: TraceStore,
  path: string,
  parameters: URLSearchParams,
  responding: Responding,
): Promise<Answer> {
  try {
    return await answer(store, path, parameters, responding);
  } catch (error) {
    if (error instanceof ParameterError) return failure(400, error.message);
    throw error;
  }
}

async function answer(
  store: TraceStore,
  path: string,
  parameters: URLSearchParams,
  responding: Responding,
): Promise<Answer> {
  const [, id] = /^traces\/([^/]+)$/.exec(path) ?? [];
  if (id !== undefined) {
    const raw = flag(parameters, parameters.has('rawTraces') ? 'rawTraces' : 'raw_traces');
    const spans = store.spans(traceIdOf(id));
    return spans === undefined ? failure(404, 'No traces found') : traces([spans], raw, responding);
  }
  switch (path) {
    case 'services':
      return success({ services: store.services() });
    case 'operations': {
      const kind = first(parameters, 'spanKind') || first(parameters, 'span_kind');
      const operations = store.operations(first(parameters, 'service'), kind);
      return success({
        operations: operations.map(({ name, spanKind }) => ({ name, spanKind: spanKind || 'internal' })),
      });
    }
    case 'traces': {
      const { query, raw } = findParameters(parameters);
      const found = store.find(query);
      return found.length === 0 ? failure(404, 'No traces found') : traces(found, raw, responding);
    }
    case 'trace-summaries': {
      const found = store.find(findParameters(parameters).query);
      const isOver = () => responding.response.destroyed;
      return success({ summaries: await runInSlices(summarySteps(found), isOver) });
    }
    default:
      return failure(
        404,
        'no such path; there are /api/v3/services, /api/v3/operations?service=, /api/v3/traces, /api/v3/traces/{id}, ' +
          '/api/v3/trace-summaries',
      );
  }
}

function* summarySteps(found: readonly (readonly Span[])[]): Steps<TraceSummary[]> {
  const summaries: TraceSummary[] = [];
  for (const spans of found) summaries.push(summaryOf(yield* adjustSteps(spans)));
  return summaries;
}

function traceIdOf(id: string): string {
  try {
    return parseTraceID(id);
  } catch (error) {
    throw new ParameterError(`malformed parameter trace_id: ${(error as Error).message}`);
  }
}

async function traces(
  found: readonly (readonly Span[])[],
  raw: boolean,
  { response, largeResponses }: Responding,
): Promise<Answer> {
  const list = isLarge(found)
    ? await largeResponses.listOf(found, raw, response, writeResourceSpans)
    : smallList(found, raw, writeResourceSpans);
  const body = [Buffer.from('{"result":{"resourceSpans":'), ...list, Buffer.from('}}')];
  return { status: 200, type: 'application/json', body };
}

const success = (data: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: JSON.stringify(data),
});

const failure = (httpCode: number, message: string): Answer => ({
  status: httpCode,
  type: 'text/plain; charset=utf-8',
  body: `${JSON.stringify({ error: { httpCode, message } })}\n`,
});
