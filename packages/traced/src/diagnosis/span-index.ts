import type { SpanNode } from './tree.ts';

/** Spans with one id: the first two, of all and of each process, so that one of them is not the child that asks. */
interface Namesakes {
  firsts: SpanNode[];
  byProcess: Map<string, SpanNode[]>;
  client: SpanNode | undefined;
}

/** Spans by their ids, which several may have. */
export class SpanIndex {
  readonly nodes: readonly SpanNode[];
  readonly #first = new Map<string, SpanNode>();
  readonly #shared = new Map<string, Namesakes>();

  constructor(nodes: readonly SpanNode[]) {
    this.nodes = nodes;
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

  isShared(id: string): boolean {
    return this.#shared.has(id);
  }

  /** A client's span with this id, if other spans have it too. */
  clientWith(id: string): SpanNode | undefined {
    return this.#shared.get(id)?.client;
  }

  /** Of several spans with the parent's id, the one in the child's own process. */
  parentOf(child: SpanNode, id: string): SpanNode | undefined {
    const same = this.#shared.size === 0 ? undefined : this.#shared.get(id);
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
