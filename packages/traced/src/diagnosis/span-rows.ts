/** The lines of a waterfall: which spans have one of their own, and which share one. */
import { withoutNumbers } from '../semantics/index.ts';
import { groupBy } from './sequence.ts';
import type { SpanNode, TraceTree } from './tree.ts';

/** One line of a waterfall: a span, or several like it below the same line. µs since the tree's start. */
export interface SpanRow {
  /** The spans that it stands for, by start. Never empty. */
  nodes: readonly SpanNode[];
  service: string;
  name: string;
  depth: number;
  /** The earliest start. */
  start: number;
  /** The latest end. */
  end: number;
  failed: boolean;
}

/** From so many siblings alike on, they share a row. */
const foldFrom = 5;

/**
 * The spans of a trace in the order of a waterfall: children under their parents, by start. Siblings of one service
 * with the same name (numbers in it aside) and children alike are folded into one row, and their children with them;
 * one that takes far longer than the others, or failed, keeps a row of its own. Each span is in exactly one row.
 * @param marks spans that are marked otherwise are not folded into one row
 */
export function spanRows(tree: TraceTree, marks: ReadonlyMap<SpanNode, string> = new Map()): SpanRow[] {
  const rows: SpanRow[] = [];
  const groupsOf = (siblings: readonly SpanNode[], depth: number) =>
    groups(siblings, { depth, marks, duration: tree.duration }).reverse();
  const waiting = groupsOf(tree.roots, 0);
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    rows.push(row);
    const below = row.nodes.length === 1 ? row.nodes[0]?.children : row.nodes.flatMap(node => node.children);
    for (const child of groupsOf(below ?? [], row.depth + 1)) waiting.push(child);
  }
  return rows;
}

interface Place {
  depth: number;
  marks: ReadonlyMap<SpanNode, string>;
  /** µs of the whole trace. */
  duration: number;
}

function groups(siblings: readonly SpanNode[], { depth, marks, duration }: Place): SpanRow[] {
  if (siblings.length < foldFrom) return siblings.map(node => toRow([node], depth)).sort(byStart);
  const alike = groupBy(siblings, node => JSON.stringify([marks.get(node), kindOf(node), below(node)]));
  return [...alike.values()]
    .flatMap(nodes =>
      nodes.length < foldFrom ? nodes.map(node => [node]) : withoutOutliers(nodes, duration),
    )
    .map(nodes => toRow(nodes, depth))
    .sort(byStart);
}

const byStart = (a: SpanRow, b: SpanRow): number => a.start - b.start || a.end - b.end;

const kindOf = ({ service, name, failed }: SpanNode): string =>
  JSON.stringify([service, withoutNumbers(name), failed]);

/** The kinds of its children, each once. */
const below = ({ children }: SpanNode): string[] => [...new Set(children.map(kindOf))].sort();

const lengthOf = ({ start, end }: SpanNode): number => end - start;

/** The one slow piece among a hundred is what a reader looks for, so it is not folded away. */
function withoutOutliers(nodes: readonly SpanNode[], duration: number): SpanNode[][] {
  const lengths = nodes.map(lengthOf).sort((a, b) => a - b);
  const median = lengths[lengths.length >> 1] ?? 0;
  const isOutlier = (node: SpanNode) => lengthOf(node) > 10 * median && lengthOf(node) > duration / 10;
  const usual = nodes.filter(node => !isOutlier(node));
  return [usual, ...nodes.filter(isOutlier).map(node => [node])].filter(group => group.length > 0);
}

function toRow(unsorted: readonly SpanNode[], depth: number): SpanRow {
  const nodes = [...unsorted].sort((a, b) => a.start - b.start);
  const [first] = nodes as [SpanNode];
  const isOneName = nodes.every(({ name }) => name === first.name);
  return {
    nodes,
    service: first.service,
    name: isOneName ? first.name : withoutNumbers(first.name),
    depth,
    start: first.start,
    end: nodes.reduce((end, node) => Math.max(end, node.end), first.end),
    failed: nodes.some(({ failed }) => failed),
  };
}
