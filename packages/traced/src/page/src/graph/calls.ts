/** Which services call which: by Jaeger's own count, else by the traces that there are. */
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree } from '../../../diagnosis/tree.ts';
import { source } from '../model/source.ts';
import type { ServiceCalls } from '../model/source-types.ts';

export interface Calls {
  list: ServiceCalls[];
  /** How many traces were counted; undefined where Jaeger did. */
  traces: number | undefined;
}

const mostServices = 12;
const mostTraces = 50;

/**
 * Jaeger with a database only knows the calls once a job of its own has counted them; until then there are the
 * newest traces.
 */
export async function callsSince(lookbackMs: number): Promise<Calls> {
  const counted = await source.calls(lookbackMs).catch(() => []);
  const list = counted.filter(({ parent, child }) => parent !== '' && child !== '');
  if (list.length > 0) return { list, traces: undefined };
  const services = await source.services();
  const now = Date.now();
  const found = await Promise.all(
    services.slice(0, mostServices).map(service =>
      source.search({
        service,
        operation: '',
        tags: '',
        minDuration: '',
        maxDuration: '',
        start: (now - lookbackMs) * 1e3,
        end: (now + 1) * 1e3,
        limit: mostTraces,
      }),
    ),
  );
  const traces = new Map(found.flat().map(trace => [trace.traceID, trace]));
  return { list: callsIn([...traces.values()]), traces: traces.size };
}

function callsIn(traces: readonly JaegerTrace[]): ServiceCalls[] {
  const counts = new Map<string, ServiceCalls>();
  for (const { service: child, parent } of traces.flatMap(trace => buildTree(trace).nodes)) {
    if (parent === undefined || parent.service === child) continue;
    const key = JSON.stringify([parent.service, child]);
    const calls = counts.get(key) ?? { parent: parent.service, child, callCount: 0 };
    calls.callCount++;
    counts.set(key, calls);
  }
  return [...counts.values()];
}
