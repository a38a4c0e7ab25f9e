import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import type { Search, ServiceCalls, TraceSource } from './source-types.ts';

/** So many ids fit one request's line with room to spare. */
const idsAtOnce = 50;

/** Jaeger's query API at this page's own host. */
export function httpSource(): TraceSource {
  return {
    isFile: false,
    services: async () => list<string>(await get('/api/services')).sort(),
    operations: async service =>
      list<string>(await get(`/api/services/${encodeURIComponent(service)}/operations`)).sort(),
    search: async (search, signal) =>
      list<JaegerTrace>(await get(`/api/traces?${searchParameters(search)}`, signal)).filter(isTrace),
    trace: async (id, signal) => {
      const [trace] = list<JaegerTrace>(await get(`/api/traces/${encodeURIComponent(id)}`, signal));
      if (!isTrace(trace))
        throw new Error('There is no such trace: it may not have arrived yet, or was dropped.');
      return trace;
    },
    traces: tracesById,
    calls: async lookback =>
      list<ServiceCalls>(await get(`/api/dependencies?endTs=${Date.now()}&lookback=${lookback}`)),
  };
}

async function tracesById(ids: readonly string[], signal?: AbortSignal): Promise<JaegerTrace[]> {
  const traces: JaegerTrace[] = [];
  for (let i = 0; i < ids.length; i += idsAtOnce) {
    const query = ids.slice(i, i + idsAtOnce).map(id => `traceID=${encodeURIComponent(id)}`);
    traces.push(...list<JaegerTrace>(await get(`/api/traces?${query.join('&')}`, signal)).filter(isTrace));
  }
  return traces;
}

export function searchParameters(search: Search): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== '') parameters.set(name, String(value));
  }
  return parameters;
}

async function get(path: string, signal?: AbortSignal): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { signal: signal ?? null, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Error('Jaeger’s query API does not respond. Is it still running?');
  }
  const text = await response.text();
  const body = parsed(text);
  if (response.ok && body !== undefined) return body.data;
  if (response.status === 404) {
    throw new Error('There is no such trace: it may not have arrived yet, or was dropped.');
  }
  const reason = body?.errors?.[0]?.msg ?? text.slice(0, 200);
  throw new Error(`Jaeger responded with ${response.status}: ${reason || response.statusText}`);
}

function parsed(text: string): { data: unknown; errors?: { msg?: string }[] | null } | undefined {
  try {
    const body = JSON.parse(text);
    return typeof body === 'object' && body !== null ? body : undefined;
  } catch {
    return undefined;
  }
}

// Jaeger's list of nothing is sometimes null.
const list = <Item>(data: unknown): Item[] => (Array.isArray(data) ? (data as Item[]) : []);

const isTrace = (trace: JaegerTrace | undefined): trace is JaegerTrace => Array.isArray(trace?.spans);
