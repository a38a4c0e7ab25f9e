import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import type { TraceSource } from './source-types.ts';

/** The traces that a document brings along as JSON. */
export function embeddedSource(json: string): TraceSource {
  const traces = JSON.parse(json) as JaegerTrace[];
  const services = [
    ...new Set(
      traces.flatMap(trace => Object.values(trace.processes ?? {}).map(({ serviceName }) => serviceName)),
    ),
  ].sort();
  const withId = (id: string) => traces.find(({ traceID }) => traceID.toLowerCase() === id.toLowerCase());
  return {
    isFile: true,
    services: async () => services,
    operations: async () => [],
    search: async () => traces,
    trace: async id => {
      const trace = withId(id);
      if (trace === undefined) throw new Error('This trace is not in the file.');
      return trace;
    },
    traces: async ids => ids.flatMap(id => withId(id) ?? []),
    calls: async () => [],
  };
}
