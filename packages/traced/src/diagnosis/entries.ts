/**
 * The entries of a trace: the request, and all that nobody in the trace waits for, such as a message's consumer, work
 * that begins after the response, or spans whose parent is missing. Each has a critical path of its own.
 */
import type { SpanNode, TraceTree } from './tree.ts';

export class Entries {
  /** The request first, the others by start. */
  readonly all: readonly SpanNode[];
  readonly #byPlace: SpanNode[] = [];

  constructor({ nodes, root }: TraceTree) {
    const all: SpanNode[] = [];
    for (const node of nodes) {
      const isEntry = node.parent === undefined || !isWaitedFor(node, node.parent);
      if (isEntry) all.push(node);
      this.#byPlace[node.place] = isEntry
        ? node
        : (this.#byPlace[(node.parent as SpanNode).place] as SpanNode);
    }
    this.all = root === undefined ? all : [root, ...all.filter(node => node !== root)];
  }

  /** The entry that a span belongs to. */
  of(node: SpanNode): SpanNode {
    return this.#byPlace[node.place] as SpanNode;
  }
}

/** Of what begins when its parent has ended, the parent knows nothing. */
const isWaitedFor = (node: SpanNode, parent: SpanNode): boolean =>
  node.awaited && (node.start < parent.end || node.start === parent.start);
