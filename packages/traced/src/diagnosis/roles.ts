/**
 * Roles of spans whose writers give no kind, read from the tree: what runs below a span of another service was called
 * by it, and a span that has only such a child is the call.
 */
import type { SpanNode } from './tree.ts';

export function inferRoles(nodes: readonly SpanNode[]): void {
  for (const node of nodes) {
    if (node.kind !== 'internal' || isSaid(node)) continue;
    const { parent, children } = node;
    const [only] = children;
    if (parent !== undefined && parent.service !== node.service && !isDatabaseOf(parent, node))
      node.kind = 'server';
    else if (children.length === 1 && only !== undefined && only.service !== node.service && !isSaid(only))
      node.kind = 'client';
  }
}

const isSaid = ({ semantics }: SpanNode): boolean => semantics.facts.kind !== '';

/** Some writers give the database's calls a service of their own. */
const isDatabaseOf = (parent: SpanNode, node: SpanNode): boolean =>
  node.semantics.target === 'database' || parent.kind === 'producer';
