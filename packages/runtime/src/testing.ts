/** For a function's own tests: it is served in this process, on a free port, with its spans in memory. */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { RecordedSpans } from './recorded-spans.ts';

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

export interface RunningFunction {
  /** Without a slash at its end. */
  url: string;
  /** A request without a client span, so that the function's server span is its trace's first. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * The spans of a trace in the order of their ends, once none of them is open.
   * @param of the trace's id, or a response, whose `traceresponse` has it
   * @throws Error for a response without one
   */
  spans(of: string | { headers: Headers }): Promise<RecordedSpan[]>;
  /** Ends its connections and calls its `onStop` hooks. */
  close(): Promise<void>;
}

const recorded = new RecordedSpans();
let tracing: Promise<void> | undefined;

/** Before a function is loaded: what tracing patches is loaded afterwards. */
async function setUpTracing(): Promise<void> {
  process.env['OTEL_TRACES_EXPORTER'] = 'none';
  process.env['LOG_LEVEL'] ??= 'error';
  const { config } = await import('./config.ts');
  const { configureLog } = await import('./log.ts');
  const { registerModuleHooks } = await import('./hooks.ts');
  const { startTracing } = await import('./tracing.ts');
  configureLog(config.logLevel, {});
  await startTracing(config, [recorded]);
  registerModuleHooks();
}

/**
 * Loads a function and serves it on 127.0.0.1. Tracing is set up once in a process, by the first call.
 * @throws ConfigError where there is no such function
 */
export async function startFunction(options: FunctionOptions = {}): Promise<RunningFunction> {
  if (options.target !== undefined) process.env['FUNCTION_TARGET'] ??= options.target;
  tracing ??= setUpTracing();
  await tracing;
  const { readConfig } = await import('./settings.ts');
  const { loadModule } = await import('./load.ts');
  const { findFunction } = await import('./find-function.ts');
  const { createFunctionServer } = await import('./server.ts');
  const settings = readConfig();
  const { target = settings.functionTarget, source = settings.functionSource } = options;
  const config = {
    ...settings,
    functionTarget: target,
    functionSource: source instanceof URL ? fileURLToPath(source) : source,
    signatureType: options.signatureType ?? settings.signatureType,
  };
  const { server } = await createFunctionServer(findFunction(await loadModule(config), config));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return running(server);
}

async function running(server: import('node:http').Server): Promise<RunningFunction> {
  const { releaseAll } = await import('./release.ts');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    fetch: (path, init) => context.with(suppressTracing(ROOT_CONTEXT), () => fetch(new URL(path, url), init)),
    async spans(of) {
      const traceId = typeof of === 'string' ? of : traceIdOf(of.headers);
      return (await recorded.of(traceId)).map(describe);
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await releaseAll();
    },
  };
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
