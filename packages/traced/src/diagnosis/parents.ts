/** Which span is whose parent, from references that may name none, several, or one another in a circle. */
import { isQueueProxyWait as isWaitName } from '../semantics/index.ts';
import type { JaegerReference, JaegerSpan } from './jaeger.ts';
import type { SpanIndex } from './span-index.ts';
import type { SpanNode } from './tree.ts';

/**
 * Gives each node its `parent`, or the `missingParent` that it names, and sets whether it is awaited. No node is its
 * own ancestor afterwards; returns how many cycles of parents were opened for that.
 */
export function findParents(index: SpanIndex, traceId: string): number {
  const { nodes } = index;
  for (const node of nodes) {
    const reference = parentReference(node.span, traceId);
    // Zipkin's clients let the server's span share the client's id: the server's is then below the client's.
    const client = node.kind === 'server' ? index.clientWith(node.id) : undefined;
    const parent = client ?? (reference && index.parentOf(node, reference.spanID));
    node.parent = parent;
    if (parent !== undefined) node.awaited = client !== undefined || isAwaited(node, parent, reference);
    else if (reference?.spanID !== node.id) node.missingParent = reference?.spanID;
  }
  for (const node of nodes) leaveWait(node);
  return openCycles(nodes);
}

/**
 * Knative's queue-proxy passes on the context of its wait for a free place, and that span has ended by then: what it
 * does next runs in the span around the wait, which does wait for it.
 */
function leaveWait(node: SpanNode): void {
  let around = node.parent;
  if (!isQueueProxyWait(around)) return;
  const passed = new Set([node]);
  while (around !== undefined && isQueueProxyWait(around) && !passed.has(around)) {
    passed.add(around);
    around = around.parent;
  }
  // A wait without a span around it, or in a circle, is left as it is.
  if (around !== undefined && !passed.has(around)) node.parent = around;
}

const isQueueProxyWait = (node: SpanNode | undefined): boolean => node !== undefined && isWaitName(node.name);

function isAwaited(node: SpanNode, parent: SpanNode, reference: JaegerReference | undefined): boolean {
  const isMessage = node.kind === 'consumer' && parent.kind === 'producer' && !isReply(node, parent);
  return !isMessage && reference?.refType !== 'FOLLOWS_FROM';
}

/** A producer's span that lasts until its consumer has ended waits for the reply: request and reply over a queue. */
const isReply = (consumer: SpanNode, producer: SpanNode): boolean =>
  consumer.start >= producer.start && consumer.end <= producer.end && consumer.end > consumer.start;

/** The one that says CHILD_OF, if any. References into other traces are links; some writers leave the trace out. */
function parentReference({ references, traceID }: JaegerSpan, traceId: string): JaegerReference | undefined {
  let first: JaegerReference | undefined;
  for (const reference of references ?? []) {
    const { traceID: id, spanID, refType } = reference;
    if (!spanID || (id && id !== traceID && id !== traceId)) continue;
    if (refType === 'CHILD_OF') return reference;
    first ??= reference;
  }
  return first;
}

/** A chain of parents that comes back to itself is opened at its earliest span, which becomes a root. */
function openCycles(nodes: readonly SpanNode[]): number {
  /** By which walk upwards each was first reached; 0 for none yet. */
  const walks = new Uint32Array(nodes.length);
  let cycles = 0;
  for (const node of nodes) {
    const walk = node.place + 1;
    let at: SpanNode | undefined = node;
    for (; at !== undefined && walks[at.place] === 0; at = at.parent) walks[at.place] = walk;
    if (at === undefined || walks[at.place] !== walk) continue;
    let earliest = at;
    for (let each = at.parent; each !== undefined && each !== at; each = each.parent) {
      if (each.start < earliest.start) earliest = each;
    }
    earliest.parent = undefined;
    earliest.awaited = true;
    cycles++;
  }
  return cycles;
}
