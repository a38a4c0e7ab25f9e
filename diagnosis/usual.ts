/** What the traces of a system are usually like, to see beside it what one of them does. */
import type { SpanNode, TraceTree } from './tree.ts';

export interface Usual {
  /** How many traces it knows. */
  readonly traces: number;
  /** The median duration in µs of spans on the same path through the tree; undefined for fewer than five. */
  medianAt(node: SpanNode): number | undefined;
}

/** Services and names from the root to the span, the same for spans that do the same in different traces. */
export function pathOf(node: SpanNode): string {
  const names: string[] = [];
  for (let at: SpanNode | undefined = node; at !== undefined; at = at.parent)
    names.push(`${at.service} ${at.name}`);
  return names.reverse().join(' > ');
}

export function usualOf(trees: readonly TraceTree[]): Usual {
  return { traces: trees.length, medianAt: () => undefined };
}
