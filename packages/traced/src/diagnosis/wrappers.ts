/**
 * Wrappers that some instrumentations write beside what runs in them rather than around it: a servlet filter's or a
 * controller's span without children, and the queries that ran in it as its siblings. Left there, it takes their place
 * on the critical path, and nothing that is said of them saves any time.
 */
import { isWrapperName, withoutNumbers } from '../semantics/index.ts';
import type { SpanNode } from './tree.ts';

/** So many siblings must be in a span that has no framework's name before it is taken for a wrapper. */
const leastCovered = 2;

/** Puts siblings below the wrappers that cover them; returns how many were moved. Children must be by start. */
export function adoptCovered(nodes: readonly SpanNode[]): number {
  let moved = 0;
  for (const node of nodes) {
    if (node.children.length < 2) continue;
    const wrappers = node.children.filter((child, i) => isWrapper(child, i, node));
    if (wrappers.length > 0) moved += moveInto(node, new Set(wrappers));
  }
  return moved;
}

function isWrapper(child: SpanNode, index: number, parent: SpanNode): boolean {
  if (child.kind !== 'internal' || child.children.length > 0 || !child.awaited || child.end <= child.start)
    return false;
  if (child.span.processID !== parent.span.processID) return false;
  const covered: SpanNode[] = [];
  // Children are by start: those that begin with it may stand before it.
  let at = index;
  while (at > 0 && index - at < mostLookedAt && (parent.children[at - 1] as SpanNode).start === child.start)
    at--;
  const last = Math.min(parent.children.length, at + 4 * mostLookedAt);
  for (; at < last; at++) {
    const sibling = parent.children[at] as SpanNode;
    if (sibling === child) continue;
    if (sibling.start >= child.end) break;
    // What only reaches into it runs beside it.
    if (sibling.end > endOf(child)) {
      if (sibling.start === child.start && sibling.children.length === 0 && sibling.kind === 'internal')
        continue;
      return false;
    }
    if (!isWithin(sibling, child)) return false;
    if (covered.push(sibling) >= mostLookedAt) break;
  }
  if (covered.length === 0) return false;
  if (isWrapperName(child.name)) return true;
  return (
    covered.length >= leastCovered &&
    covered.some(({ kind, children }) => kind === 'client' || children.length > 0)
  );
}

/**
 * µs: what a wrapper covers may end a little later, since a reactive framework ends its own span first, and clocks of
 * whole milliseconds round.
 */
const endOf = ({ start, end }: SpanNode): number =>
  end + Math.min(5_000, Math.max(1_000, 0.01 * (end - start)));

/** Those that are looked at to tell; the rest is moved as well. */
const mostLookedAt = 8;

const isWithin = (sibling: SpanNode, wrapper: SpanNode): boolean =>
  sibling.awaited &&
  sibling.span.processID === wrapper.span.processID &&
  withoutNumbers(sibling.name) !== withoutNumbers(wrapper.name);

function moveInto(parent: SpanNode, wrappers: ReadonlySet<SpanNode>): number {
  const kept: SpanNode[] = [];
  let moved = 0;
  const open: SpanNode[] = [];
  // The longer of those that begin together is around the other.
  const ordered = [...parent.children].sort(
    (a, b) => a.start - b.start || b.end - a.end || rank(a, wrappers) - rank(b, wrappers),
  );
  for (const child of ordered) {
    while (open.length > 0 && endOf(open.at(-1) as SpanNode) < child.end) open.pop();
    const around = open.at(-1);
    if (around !== undefined && child.start < around.end && child.awaited) {
      child.parent = around;
      if (around.children.length === 0) around.children = [child];
      else around.children.push(child);
      moved++;
    } else kept.push(child);
    if (wrappers.has(child)) open.push(child);
  }
  for (const wrapper of wrappers) wrapper.children.sort((a, b) => a.start - b.start || a.end - b.end);
  parent.children = kept.sort((a, b) => a.start - b.start || a.end - b.end);
  return moved;
}

const rank = (node: SpanNode, wrappers: ReadonlySet<SpanNode>): number => (wrappers.has(node) ? 0 : 1);
