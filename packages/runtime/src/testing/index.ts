/** For a function's own tests: it is served in this process, on a free port, with its spans in memory. */
import { fileURLToPath } from 'node:url';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { LoadedFunction } from '../function-kinds.ts';
import type { Config } from '../settings.ts';
import { recorded, type Served, serve, setUpTracing } from './serve.ts';

export interface FunctionOptions {
  /** The name that the function is registered or exported by; `FUNCTION_TARGET` unless given. */
  target?: string;
  /** The file or folder that it is in, from the working directory on unless it is absolute; that folder unless given. */
  source?: string | URL;
  /** The kind of an exported function; a registered one says it itself. */
  signatureType?: 'http' | 'event' | 'cloudevent';
}

/** A span as a test looks at it. */
export interface RecordedSpan {
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  traceId: string;
  spanId: string;
  /** Undefined for the trace's first. */
  parentId: string | undefined;
  attributes: Record<string, unknown>;
  status: 'unset' | 'ok' | 'error';
  durationMs: number;
  events: { name: string; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string }[];
}

export interface RunningFunction extends Served {
  /** A request without a client span, so that the function's server span is its trace's first. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * The spans of a trace in the order of their starts, once none of them is open.
   * @param of the trace's id, or a response, whose `traceresponse` has it
   * @throws Error for a response without one
   */
  spans(of: string | { headers: Headers }): Promise<RecordedSpan[]>;
}

/**
 * Loads a function and serves it on 127.0.0.1. Tracing is set up once in a process, by the first call.
 * @throws ConfigError where there is no such function
 */
export async function startFunction(options: FunctionOptions = {}): Promise<RunningFunction> {
  const { target, source, signatureType } = options;
  if (target !== undefined) process.env['FUNCTION_TARGET'] ??= target;
  const patched = await setUpTracing();
  const { readConfig } = await import('../settings.ts');
  const settings = readConfig();
  const config = {
    ...settings,
    functionTarget: target ?? settings.functionTarget,
    functionSource: source instanceof URL ? fileURLToPath(source) : (source ?? settings.functionSource),
    signatureType: signatureType ?? settings.signatureType,
  };
  const served = await serve(await load(config, patched));
  return {
    ...served,
    fetch: (path, init) =>
      context.with(suppressTracing(ROOT_CONTEXT), () => fetch(new URL(path, served.url), init)),
    async spans(of) {
      const traceId = typeof of === 'string' ? of : traceIdOf(of.headers);
      return (await recorded.of(traceId)).map(describe);
    },
  };
}

async function load(config: Config, patched: readonly string[]): Promise<LoadedFunction> {
  const { allowStartHooks, runStartHooks } = await import('../lifecycle.ts');
  const { loadModule } = await import('../load.ts');
  const { findFunction } = await import('../find-function.ts');
  // Another function may have been started before.
  allowStartHooks();
  const loaded = findFunction(await loadModule(config, patched), config);
  await runStartHooks(config.startTimeoutMs);
  return loaded;
}

function traceIdOf(headers: Headers): string {
  const [, traceId] = (headers.get('traceresponse') ?? '').split('-');
  if (traceId === undefined) throw new Error('the response has no traceresponse header');
  return traceId;
}

const nameIn = <T extends string>(names: Record<string, unknown>, value: number): T =>
  String(names[value]).toLowerCase() as T;

function describe(span: ReadableSpan): RecordedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: nameIn(SpanKind, span.kind),
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId,
    attributes: span.attributes,
    status: nameIn(SpanStatusCode, span.status.code),
    durationMs: hrTimeToMilliseconds(span.duration),
    events: span.events.map(({ name, attributes = {} }) => ({ name, attributes })),
    links: span.links.map(link => ({ traceId: link.context.traceId, spanId: link.context.spanId })),
  };
}
