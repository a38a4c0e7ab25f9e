import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import type { SpanEndpoints } from './environment.ts';
import { readJaegerTrace } from './jaeger-trace.ts';
import { startTraceBackend } from './traces/backend.ts';

/** Takes the lines that tell what happens, and those for stderr. */
export interface Output {
  say(line: string): void;
  warn(line: string): void;
}

export interface TracesOptions {
  /** Of the trace store; 0 is any free one. */
  ports: {
    /** Jaeger's query API, and the page. */
    query: number;
    /** Jaeger's Thrift over HTTP. */
    thrift: number;
    /** OTLP over HTTP. */
    otlp: number;
  };
  /** A Jaeger that is there already, with its collector, where it is known; no trace store is started then. */
  jaeger?: { url: string; endpoint?: string } | undefined;
}

export interface Traces {
  /** The page and query API. */
  tracesUrl: string;
  endpoints: SpanEndpoints;
  /** The spans of a trace that have arrived so far. */
  readTrace(traceId: string): Promise<JaegerTrace | undefined>;
  close(): Promise<void>;
}

/**
 * Starts the trace store with its collectors, or uses the Jaeger that is given.
 * @throws the socket's error, such as EADDRINUSE
 */
export async function startTraces({ ports, jaeger }: TracesOptions, { say, warn }: Output): Promise<Traces> {
  if (jaeger !== undefined) {
    say(`traces   Jaeger at ${jaeger.url}`);
    return {
      tracesUrl: jaeger.url,
      endpoints: { thrift: jaeger.endpoint, otlp: undefined },
      readTrace: traceId => readJaegerTrace(jaeger.url, traceId),
      close: async () => {},
    };
  }
  const log = (message: string, fields?: Record<string, unknown>) =>
    warn(`traces   ${message} ${fields === undefined ? '' : JSON.stringify(fields)}`.trimEnd());
  const { query: queryPort, thrift: collectorPort, otlp: otlpPort } = ports;
  const backend = await startTraceBackend({ queryPort, collectorPort, otlpPort, log });
  say(
    `traces   thrift on ${backend.collectorPort}, OTLP on ${backend.otlpPort}, query API on ${backend.queryPort}`,
  );
  const local = (port: number) => `http://127.0.0.1:${port}`;
  return {
    tracesUrl: `http://localhost:${backend.queryPort}`,
    endpoints: { thrift: `${local(backend.collectorPort)}/api/traces`, otlp: local(backend.otlpPort) },
    readTrace: async traceId => backend.store.trace(traceId),
    close: () => backend.close(),
  };
}
