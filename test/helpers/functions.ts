import type { AddressInfo } from 'node:net';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ExecutionContext } from 'ava';
import type { ExerciseConfig } from '../../functions/shared/settings.ts';
import type { FunctionServer } from '../../packages/runtime/src/server.ts';

const memory = new InMemorySpanExporter();

process.env['FUNCTION_TARGET'] ??= 'gateway';
process.env['OTEL_TRACES_EXPORTER'] = 'none';
process.env['LOG_LEVEL'] ??= 'error';

/**
 * Sets tracing up before anything that it patches is loaded.
 * @returns the exercise's settings, which each test can change; the runtime's are `config` in its config.ts
 */
export async function startRuntime(): Promise<ExerciseConfig> {
  const { config } = await import('../../packages/runtime/src/config.ts');
  const { configureLog } = await import('../../packages/runtime/src/log.ts');
  const { registerModuleHooks } = await import('../../packages/runtime/src/hooks.ts');
  const { startTracing } = await import('../../packages/runtime/src/tracing.ts');
  configureLog(config.logLevel, {});
  const { patched } = await startTracing(config, [new SimpleSpanProcessor({ exporter: memory })]);
  registerModuleHooks(patched);
  return (await import('../../functions/shared/settings.ts')).config;
}

export interface RunningFunction {
  url: string;
  port: number;
  close(): Promise<void>;
}

/** The server of a function that has been registered. */
export async function serverOf(name: string): Promise<FunctionServer> {
  const { config } = await import('../../packages/runtime/src/config.ts');
  const { findFunction } = await import('../../packages/runtime/src/find-function.ts');
  const { createFunctionServer } = await import('../../packages/runtime/src/server.ts');
  return createFunctionServer(findFunction({}, { ...config, functionTarget: name }));
}

/** Serves a function of the project, or one that the test has registered by `http()`, in this process. */
export async function serveFunction(name: string, load = true): Promise<RunningFunction> {
  if (load) await import(`../../functions/${name}/index.ts`);
  const { runStopHooks } = await import('../../packages/runtime/src/lifecycle.ts');
  const { server, upgraded } = await serverOf(name);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      upgraded.destroy();
      await closed;
      await runStopHooks();
    },
  };
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
    const spans = memory.getFinishedSpans().filter(span => span.spanContext().traceId === traceId);
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
