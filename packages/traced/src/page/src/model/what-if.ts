/** The trace as it would be if findings were fixed: where each span and the critical path would be. */
import { criticalPath, type PathSection } from '../../../diagnosis/critical-path.ts';
import type { Finding } from '../../../diagnosis/findings.ts';
import { allOf, type Replayed, replay } from '../../../diagnosis/replay.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';

export interface WhatIf {
  /** µs that the request would take. */
  duration: number;
  positions: Map<SpanNode, Replayed>;
  /** Of the spans as they are, at the times when they would hold the clock. */
  path: PathSection[];
}

export function whatIfFixed(tree: TraceTree, findings: readonly Finding[]): WhatIf {
  const { duration, spans } = replay(tree, allOf(findings.map(({ change }) => change ?? {})));
  const positions = spans();
  return { duration, positions, path: replayedPath(tree, positions) };
}

function replayedPath(tree: TraceTree, positions: ReadonlyMap<SpanNode, Replayed>): PathSection[] {
  const { root } = tree;
  if (root === undefined) return [];
  const copies = new Map<SpanNode, SpanNode>();
  const originals = new Map<SpanNode, SpanNode>();
  for (const node of tree.nodes) {
    const copy = { ...node, ...positions.get(node), children: [] };
    copies.set(node, copy);
    originals.set(copy, node);
    const parent = node.parent && copies.get(node.parent);
    parent?.children.push(copy);
  }
  for (const copy of copies.values()) copy.children.sort((a, b) => a.start - b.start || a.end - b.end);
  return criticalPath(tree, copies.get(root)).map(({ node, start, end }) => ({
    node: originals.get(node) ?? node,
    start,
    end,
  }));
}
