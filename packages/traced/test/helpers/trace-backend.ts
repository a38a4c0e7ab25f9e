/** An embedded trace backend on free ports, and spans to send to it or to a real Jaeger. */
import { randomBytes } from 'node:crypto';
import {
  startTraceBackend,
  type TraceBackend,
  type TraceBackendOptions,
} from '../../src/dev/traces/backend.ts';
import type { JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import type { Span } from '../../src/read/span.ts';

export interface Target {
  query: string;
  collector: string;
  otlp: string;
}

export type Backend = TraceBackend & Target;

/** Starts a backend on free ports that the test's end closes. */
export async function startBackend(
  t: { teardown(end: () => Promise<void>): void },
  options: Partial<TraceBackendOptions> = {},
): Promise<Backend> {
  const backend = await startTraceBackend({ collectorPort: 0, otlpPort: 0, queryPort: 0, ...options });
  t.teardown(() => backend.close());
  return {
    ...backend,
    query: `http://127.0.0.1:${backend.queryPort}`,
    collector: `http://127.0.0.1:${backend.collectorPort}`,
    otlp: `http://127.0.0.1:${backend.otlpPort}`,
  };
}

export interface Envelope<Data> {
  data: Data;
  total: number;
  limit: number;
  offset: number;
  errors: { code?: number; msg: string; traceID?: string }[] | null;
}

export async function getJson<Data = JaegerTrace[]>(
  target: Pick<Target, 'query'>,
  path: string,
): Promise<{ status: number; type: string; body: Envelope<Data> }> {
  const response = await fetch(target.query + path);
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: (await response.json()) as Envelope<Data>,
  };
}

export async function postOtlpJson(target: Pick<Target, 'otlp'>, request: unknown): Promise<Response> {
  return fetch(`${target.otlp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof request === 'string' ? request : JSON.stringify(request),
  });
}

export function newID(bytes: 8 | 16): string {
  return randomBytes(bytes).toString('hex');
}

let lastSpan = 0;

/** A stored span of 1 ms that starts now, with an id of its own, but for what is given. */
export function storedSpan(parts: Partial<Span> = {}): Span {
  return {
    traceID: '0123456789abcdef0123456789abcdef',
    spanID: (++lastSpan).toString(16).padStart(16, '0'),
    flags: 1,
    operationName: 'GET /alpha',
    references: [],
    startTime: BigInt(Date.now()) * 1_000_000n,
    duration: 1_000_000n,
    tags: [],
    logs: [],
    process: { serviceName: 'alpha-fn', tags: [] },
    warnings: [],
    ...parts,
  };
}
