/**
 * The calls that one service makes for one request: those below its server's, or its consumer's, span that lie in the
 * same service, however deeply nested in spans of its own.
 */
import { callIn } from './calls.ts';
import type { SpanNode, TraceTree } from './tree.ts';

export interface Scope {
  /** The server's or consumer's span, or the root. */
  top: SpanNode;
  /** By start. */
  calls: SpanNode[];
}

/** Linear. */
export function scopesOf({ nodes }: TraceTree): Scope[] {
  const byPlace: Scope[] = [];
  const scopes: Scope[] = [];
  const inCall: boolean[] = [];
  for (const node of nodes) {
    const { parent } = node;
    const around = parent && (byPlace[parent.place] as Scope);
    if (parent === undefined || around === undefined || !node.awaited || isTop(node, around)) {
      const scope = { top: node, calls: [] };
      scopes.push(scope);
      byPlace[node.place] = scope;
      continue;
    }
    byPlace[node.place] = around;
    if (node.kind === 'client') {
      // A client's span within another's is the same call, one layer below.
      if (inCall[parent.place] !== true) around.calls.push(node);
      inCall[node.place] = true;
    } else inCall[node.place] = inCall[parent.place] ?? false;
  }
  for (const { calls } of scopes) calls.sort((a, b) => a.start - b.start || a.end - b.end);
  return scopes.filter(({ calls }) => calls.length > 1);
}

/** Consumers of a batch's messages are items of one loop; OpenTracing's clients may have a service of their own. */
const isTop = (node: SpanNode, { top }: Scope): boolean =>
  node.kind === 'server' ||
  (node.service !== top.service && node.kind !== 'client') ||
  (node.kind === 'consumer' && top.kind !== 'consumer');

/** The span right around a call that does hardly anything else, or the call itself: what a finding names. */
export function wrapperOf(call: SpanNode): SpanNode {
  let node = call;
  while (node.parent !== undefined && node.parent.kind === 'internal' && callIn(node.parent) === call)
    node = node.parent;
  return node;
}
