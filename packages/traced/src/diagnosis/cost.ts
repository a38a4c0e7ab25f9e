/** What spans and all below them held of the critical path, told without going through them for each finding. */
import type { SpanNode, TraceTree } from './tree.ts';

export class Costs {
  /** Of each span, the place after the last one below it: in the order of a waterfall these are in one piece. */
  readonly #ends: Uint32Array;
  /** µs held by all spans before each place. */
  readonly #heldBefore: Float64Array;

  /** @param held µs of the critical path that each span holds by itself */
  constructor({ nodes }: TraceTree, held: ReadonlyMap<SpanNode, number>) {
    this.#ends = new Uint32Array(nodes.length);
    this.#heldBefore = new Float64Array(nodes.length + 1);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const { place, parent } = nodes[i] as SpanNode;
      const end = Math.max(place + 1, this.#ends[place] as number);
      this.#ends[place] = end;
      if (parent !== undefined) this.#ends[parent.place] = Math.max(end, this.#ends[parent.place] as number);
    }
    for (const node of nodes)
      this.#heldBefore[node.place + 1] = (this.#heldBefore[node.place] as number) + (held.get(node) ?? 0);
  }

  /** µs of the critical path that these spans, and what is below them, held; each counted once. */
  of(spans: readonly SpanNode[]): number {
    const places = Uint32Array.from(spans, ({ place }) => place).sort();
    let counted = 0;
    let cost = 0;
    for (const place of places) {
      const end = this.#ends[place] as number;
      if (end <= counted) continue;
      cost += (this.#heldBefore[end] as number) - (this.#heldBefore[Math.max(place, counted)] as number);
      counted = end;
    }
    return cost;
  }
}
