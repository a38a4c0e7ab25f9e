/** What spans and all below them held of the critical path, told without going through them for each finding. */
import type { SpanNode, TraceTree } from './tree.ts';

export class Costs {
  readonly #places = new Map<SpanNode, number>();
  /** Of each span, the place after the last one below it: in the order of a waterfall these are in one piece. */
  readonly #ends: number[] = [];
  /** µs held by all spans before each place. */
  readonly #heldBefore: number[] = [0];

  /** @param held µs of the critical path that each span holds by itself */
  constructor({ nodes }: TraceTree, held: ReadonlyMap<SpanNode, number>) {
    const open: SpanNode[] = [];
    const close = (depth: number, place: number) => {
      while (open.length > depth) this.#ends[this.#places.get(open.pop() as SpanNode) as number] = place;
    };
    for (const [place, node] of nodes.entries()) {
      close(node.depth, place);
      open.push(node);
      this.#places.set(node, place);
      this.#heldBefore.push((this.#heldBefore[place] as number) + (held.get(node) ?? 0));
    }
    close(0, nodes.length);
  }

  /** µs of the critical path that these spans, and what is below them, held; each counted once. */
  of(spans: readonly SpanNode[]): number {
    const places = spans.map(node => this.#places.get(node) as number).sort((a, b) => a - b);
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
