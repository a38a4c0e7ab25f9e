/**
 * Correction of clocks that differ between hosts. The amount is Jaeger's (its query service's clock skew adjuster:
 * the child is put into the middle of its parent, as if the network needed as long for the request as for the
 * response, or at its parent's start where it is longer than the parent). Jaeger applies it to any child that does not
 * lie within its parent; here only where the clocks leave no other reading, since a server may well end after a
 * client that has disconnected: a call's child that starts before its parent, or not before its parent has ended, or
 * that ends after a client that has its response and waited longer than the server took.
 */
import { statusOf } from '../semantics/index.ts';
import { haveSameClock } from './clocks.ts';
import type { SpanNode } from './tree.ts';
import { hasWholeMilliseconds } from './whole-milliseconds.ts';

/** Moves what must be moved, children along with their parents; returns how many spans were moved. */
export function correctClocks(roots: readonly SpanNode[]): number {
  let moved = 0;
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const { parent } = node;
    if (parent !== undefined) {
      node.shift = haveSameClock(node, parent) ? parent.shift : skewOf(node, parent);
      node.start += node.shift;
      node.end += node.shift;
      if (node.shift !== 0) moved++;
    }
    for (const child of node.children) waiting.push(child);
  }
  return moved;
}

/** µs by which a clock of whole milliseconds may be off. */
const resolution = 1_000;
/** µs, and the part of the call, by which a server may end after its client: it ends its span, or writes a log, last. */
const mostAfter = 5_000;
const mostAfterShare = 0.05;

/** µs to add to the child's times; the parent's are corrected already. */
function skewOf(child: SpanNode, parent: SpanNode): number {
  if (!child.awaited || child.kind === 'consumer' || parent.kind === 'producer') return 0;
  const early = parent.start - child.start;
  // A start that was cut to whole milliseconds is before its parent's by less than one.
  if (early > 0 && early < resolution && hasWholeMilliseconds(child)) return early;
  const longer = child.end - child.start - (parent.end - parent.start);
  const isWithin = early <= 0 && (child.start < parent.end || child.start === parent.start);
  if (isWithin && !endsAfterResponse(child, parent)) return 0;
  if (longer > 0) return Math.max(0, early);
  return Math.floor(early - longer / 2);
}

/**
 * A server that ends after its client got the whole response, which only clocks that differ explain. One that works on
 * after it has responded takes longer than its client waits, and is not moved for being longer.
 */
function endsAfterResponse(child: SpanNode, parent: SpanNode): boolean {
  if (child.kind !== 'server' || parent.kind !== 'client' || parent.failed) return false;
  if (statusOf(parent.semantics.facts) === '' || parent.semantics.target !== 'http') return false;
  const call = parent.end - parent.start;
  if (child.end - child.start > call) return false;
  return child.end - parent.end > Math.max(mostAfter, mostAfterShare * call);
}
