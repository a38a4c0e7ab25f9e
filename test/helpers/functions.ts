import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ExecutionContext } from 'ava';
import type { ExerciseConfig } from '../../functions/shared/settings.ts';
import type { LoadedFunction } from '../../packages/runtime/src/function-kinds.ts';
import type { FunctionServer } from '../../packages/runtime/src/server.ts';
import { recorded, type Served, serve, setUpTracing } from '../../packages/runtime/src/testing/serve.ts';

process.env['FUNCTION_TARGET'] ??= 'gateway';

/**
 * Sets tracing up before anything that it patches is loaded.
 * @returns the exercise's settings, which each test can change; the runtime's are `config` in its config.ts
 */
export async function startRuntime(): Promise<ExerciseConfig> {
  await setUpTracing();
  return (await import('../../functions/shared/settings.ts')).config;
}

/** A function that has been registered. */
async function registered(name: string): Promise<LoadedFunction> {
  const { config } = await import('../../packages/runtime/src/config.ts');
  const { findFunction } = await import('../../packages/runtime/src/find-function.ts');
  return findFunction({}, { ...config, functionTarget: name });
}

/** Its server, which does not listen yet. */
export async function serverOf(name: string): Promise<FunctionServer> {
  const { createFunctionServer } = await import('../../packages/runtime/src/server.ts');
  return createFunctionServer(await registered(name));
}

/** Serves a function of the project, or one that the test has registered by `http()`, in this process. */
export async function serveFunction(name: string, load = true): Promise<Served> {
  if (load) await import(`../../functions/${name}/index.ts`);
  return serve(await registered(name));
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  traceId: string;
  spanId: string;
}

/** A GET without a client span of its own, and the ids that the answer gives. */
export async function ask(url: string, init: RequestInit = {}): Promise<Reply> {
  const answer = await context.with(suppressTracing(ROOT_CONTEXT), () => fetch(url, init));
  const [, traceId = '', spanId = ''] = (answer.headers.get('traceresponse') ?? '').split('-');
  return { status: answer.status, headers: answer.headers, text: await answer.text(), traceId, spanId };
}

/**
 * The ended spans of a trace. A server span ends with the close of its answer, which its client may see first: waits
 * until `count` have ended, a few seconds at most.
 */
export async function spansOf(traceId: string, count = 1): Promise<ReadableSpan[]> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const spans = [...recorded.endedOf(traceId)];
    if (spans.length >= count || performance.now() > deadline) return spans;
    await new Promise(setImmediate);
  }
}

/** The one span of that name, or a failed test that lists those there are. */
export function spanNamed(t: ExecutionContext, spans: ReadableSpan[], name: string): ReadableSpan {
  const found = spans.filter(span => span.name === name);
  t.is(found.length, 1, `one span "${name}" among ${spans.map(span => span.name).join(', ')}`);
  return found[0] as ReadableSpan;
}

/** Asserts that one span is another's child. */
export function isChild(t: ExecutionContext, child: ReadableSpan, parent: ReadableSpan): void {
  t.is(
    child.parentSpanContext?.spanId,
    parent.spanContext().spanId,
    `${child.name} is a child of ${parent.name}`,
  );
  t.is(child.spanContext().traceId, parent.spanContext().traceId);
}
