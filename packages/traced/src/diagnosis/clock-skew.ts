/**
 * Correction of clocks that differ between hosts. The amount is Jaeger's (its query service's clock skew adjuster:
 * the child is put into the middle of its parent, as if the network needed as long for the request as for the
 * answer, or at its parent's start where it is longer than the parent). Jaeger applies it to any child that does not
 * lie within its parent; here only where the clocks leave no other reading, since a server may well end after a
 * client that has gone: a call's child that starts before its parent, or not before its parent has ended, or a server
 * that would end long after its client had the response.
 */
import { statusOf } from '../semantics/index.ts';
import type { SpanNode } from './tree.ts';

/** Moves what must be moved, children along with their parents; returns how many spans were moved. */
export function correctClocks(roots: readonly SpanNode[]): number {
  let moved = 0;
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const { parent } = node;
    if (parent !== undefined) {
      node.shift = sameClock(node, parent) ? parent.shift : skewOf(node, parent);
      node.start += node.shift;
      node.end += node.shift;
      if (node.shift !== 0) moved++;
    }
    for (const child of node.children) waiting.push(child);
  }
  return moved;
}

function sameClock(child: SpanNode, parent: SpanNode): boolean {
  return child.span.processID === parent.span.processID || child.service === parent.service;
}

/** µs to add to the child's times; the parent's are corrected already. */
function skewOf(child: SpanNode, parent: SpanNode): number {
  if (!child.awaited || child.kind === 'consumer' || parent.kind === 'producer') return 0;
  if (child.start >= parent.start && (child.start < parent.end || child.start === parent.start)) {
    if (!endsAfterResponse(child, parent)) return 0;
  }
  const longer = child.end - child.start - (parent.end - parent.start);
  if (longer > 0) return Math.max(0, parent.start - child.start);
  return Math.floor(parent.start - longer / 2 - child.start);
}

/** µs, and the part of the call, by which a server may end after its client: it writes its span, or a log, last. */
const mostAfter = 5_000;
const mostAfterShare = 0.05;

/** Whether a server would have ended after its client had the whole response, which only clocks that differ explain. */
function endsAfterResponse(child: SpanNode, parent: SpanNode): boolean {
  if (child.kind !== 'server' || parent.kind !== 'client' || parent.failed) return false;
  if (statusOf(parent.semantics.facts) === '' || parent.semantics.target !== 'http') return false;
  const call = parent.end - parent.start;
  // One that is longer than its call went on with something else.
  if (child.end - child.start > call) return false;
  return child.end - parent.end > Math.max(mostAfter, mostAfterShare * call);
}
