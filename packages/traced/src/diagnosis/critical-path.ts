/** The critical path: which span the request waits for at each moment. */
import type { SpanNode, TraceTree } from './tree.ts';

/** A stretch of time in which the request waits for one span, and for none of its children. µs since the tree's start. */
export interface PathSection {
  node: SpanNode;
  start: number;
  end: number;
}

interface Frame {
  node: SpanNode;
  /** The part of the span that lies within all of its ancestors, from `start` up to where the walk is. */
  start: number;
  cursor: number;
  /** Awaited children, cut to that part; the last to end at the end of the list. */
  children: PathSection[];
}

/**
 * The sections in the order of time. They don't overlap, and together they are as long as the root.
 *
 * The walk goes backwards, as Jaeger's page does it (packages/jaeger-ui, TracePage/CriticalPath; the idea is CRISP's,
 * Zhang et al., USENIX ATC 2022): what ends last is on it until then; before it began, the sibling that had
 * ended by then is; and where no child ran, the span itself. Children are cut to their parent's time. What a parent
 * does not wait for is not on the path. Unlike on Jaeger's page, a child counts that ended in the very microsecond in
 * which the next one began, and one that took no time is not on the path. n log n, without recursion.
 */
export function criticalPath(tree: TraceTree, root: SpanNode | undefined = tree.root): PathSection[] {
  if (root === undefined) return [];
  const sections: PathSection[] = [];
  const frames = [frame(root, root.start, root.end)];
  for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
    const child = lastToEnd(top);
    if (child === undefined) {
      addSection(sections, top.node, top.start, top.cursor);
      frames.pop();
    } else {
      addSection(sections, top.node, child.end, top.cursor);
      top.cursor = child.start;
      // What has no children needs no walk of its own.
      if (child.node.children.length === 0) sections.push(child);
      else frames.push(frame(child.node, child.start, child.end));
    }
  }
  return sections.reverse();
}

function frame(node: SpanNode, start: number, end: number): Frame {
  const children: PathSection[] = [];
  // Of those that end together, also where they are cut, the one that began first is to be the last of the list.
  for (let i = node.children.length - 1; i >= 0; i--) {
    const child = node.children[i] as SpanNode;
    const from = Math.max(child.start, start);
    const to = Math.min(child.end, end);
    if (child.awaited && to > from) children.push({ node: child, start: from, end: to });
  }
  if (children.length > 1) children.sort((a, b) => a.end - b.end);
  return { node, start, cursor: end, children };
}

/** The child that ended last of those that had ended where the walk is. The walk only goes back, so the rest is dropped. */
function lastToEnd({ children, cursor }: Frame): PathSection | undefined {
  let child = children.pop();
  while (child !== undefined && child.end > cursor) child = children.pop();
  return child;
}

function addSection(sections: PathSection[], node: SpanNode, start: number, end: number): void {
  if (end > start) sections.push({ node, start, end });
}

/** µs of the path that each of its spans holds by itself, children not included. */
export function pathTimeBySpan(path: readonly PathSection[]): Map<SpanNode, number> {
  const held = new Map<SpanNode, number>();
  for (const { node, start, end } of path) held.set(node, (held.get(node) ?? 0) + end - start);
  return held;
}
