/** Which span is whose parent, from references that may name none, several, or one another in a circle. */
import type { JaegerReference, JaegerSpan } from './jaeger.ts';
import type { SpanNode } from './tree.ts';

/** What was odd, as counts. */
export interface ParentOddities {
  /** Span ids used by several different spans. */
  shared: number;
  cycles: number;
}

/**
 * Gives each node its `parent`, or the `missingParent` that it names, and sets whether it is awaited. No node is its
 * own ancestor afterwards.
 */
export function findParents(nodes: readonly SpanNode[], traceId: string): ParentOddities {
  const index = new SpanIndex(nodes);
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
  return { shared: index.sharedIds, cycles: openCycles(nodes) };
}

/**
 * Knative's queue-proxy passes on the context of its wait for a free place, and that span has ended by then: what it
 * does next runs in the span around the wait, which does wait for it.
 */
function leaveWait(node: SpanNode): void {
  let around = node.parent;
  const passed = new Set([node]);
  while (around?.name === 'kn.queueproxy.wait' && !passed.has(around)) {
    passed.add(around);
    around = around.parent;
  }
  // A wait without a span around it, or in a circle, is left as it is.
  if (around !== undefined && !passed.has(around)) node.parent = around;
}

function isAwaited(node: SpanNode, parent: SpanNode, reference: JaegerReference | undefined): boolean {
  const isMessage = node.kind === 'consumer' && parent.kind === 'producer';
  return !isMessage && reference?.refType !== 'FOLLOWS_FROM';
}

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

/** Spans with one id: the first two, of all and of each process, so that one of them is not the child that asks. */
interface Namesakes {
  firsts: SpanNode[];
  byProcess: Map<string, SpanNode[]>;
  client: SpanNode | undefined;
}

class SpanIndex {
  readonly #first = new Map<string, SpanNode>();
  readonly #shared = new Map<string, Namesakes>();

  constructor(nodes: readonly SpanNode[]) {
    for (const node of nodes) {
      const first = this.#first.get(node.id);
      if (first === undefined) this.#first.set(node.id, node);
      else this.#share(first, node);
    }
  }

  #share(first: SpanNode, node: SpanNode): void {
    let same = this.#shared.get(node.id);
    if (same === undefined) {
      same = { firsts: [], byProcess: new Map(), client: undefined };
      this.#shared.set(node.id, same);
      addTo(same, first);
    }
    addTo(same, node);
  }

  get sharedIds(): number {
    return this.#shared.size;
  }

  /** A client's span with this id, if other spans have it too. */
  clientWith(id: string): SpanNode | undefined {
    return this.#shared.get(id)?.client;
  }

  /** Of several spans with the parent's id, the one in the child's own process. */
  parentOf(child: SpanNode, id: string): SpanNode | undefined {
    const same = this.#shared.get(id);
    if (same === undefined) {
      const only = this.#first.get(id);
      return only === child ? undefined : only;
    }
    const other = (candidate: SpanNode) => candidate !== child;
    return same.byProcess.get(child.span.processID)?.find(other) ?? same.firsts.find(other);
  }
}

function addTo(same: Namesakes, node: SpanNode): void {
  const { processID } = node.span;
  const own = same.byProcess.get(processID);
  if (own === undefined) same.byProcess.set(processID, [node]);
  else if (own.length < 2) own.push(node);
  if (same.firsts.length < 2) same.firsts.push(node);
  if (node.kind === 'client') same.client ??= node;
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
