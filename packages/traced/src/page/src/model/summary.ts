/** What a list says of a trace. */
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { buildTree, type TraceTree } from '../../../diagnosis/tree.ts';

export interface TraceSummary {
  id: string;
  trace: JaegerTrace;
  tree: TraceTree;
  service: string;
  operation: string;
  /** µs since the epoch. */
  start: number;
  /** What the request took: µs. */
  duration: number;
  spans: number;
  errors: number;
  /** With how many spans each, the most first. */
  services: [string, number][];
}

export function summarise(trace: JaegerTrace): TraceSummary {
  const tree = buildTree(trace);
  const { root } = tree;
  const services = new Map<string, number>();
  for (const { service } of tree.nodes) services.set(service, (services.get(service) ?? 0) + 1);
  return {
    id: trace.traceID,
    trace,
    tree,
    service: root?.service ?? '?',
    operation: root?.name ?? '?',
    start: tree.start,
    duration: root === undefined ? 0 : root.end - root.start,
    spans: tree.nodes.length,
    errors: tree.nodes.filter(({ failed }) => failed).length,
    services: [...services].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
  };
}
