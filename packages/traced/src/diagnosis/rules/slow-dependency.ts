import { addressOf, answeredBy, callName, dependencyKey, nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { FindingKind, Observation } from '../findings.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** µs of the critical path, and the part of the request, from which on a call is worth a person's look. */
const least = 200_000;
const leastShare = 0.2;
/** Beside other traces of the same: how much slower than usual, and by how many µs at least; less may be the machine. */
const timesTheUsual = 3;
const leastOverUsual = 100_000;

/** Calls to what is not traced itself (a database, a page elsewhere) that hold much of the request. */
export const slowDependencies: Rule = ({ tree, root, held, usual, claimed }) => {
  const calls = tree.nodes.filter(
    node =>
      node.kind === 'client' &&
      isOpen(held.get(node) ?? 0, claimed.get(node), lengthOf(root)) &&
      answeredBy(node) === undefined,
  );
  return [...groupBy(calls, dependencyKey).values()].flatMap(group => {
    const time = group.reduce((sum, node) => sum + (held.get(node) ?? 0), 0);
    const slow = group.sort((a, b) => lengthOf(b) - lengthOf(a));
    const [slowest] = slow as [SpanNode, ...SpanNode[]];
    const before = usual?.medianAt(slowest);
    if (
      before !== undefined &&
      lengthOf(slowest) > timesTheUsual * before &&
      lengthOf(slowest) - before > leastOverUsual
    ) {
      return [slowerThanUsual(slowest, before)];
    }
    if (time < least || time < leastShare * lengthOf(root)) return [];
    return [observation(slow, time, lengthOf(root))];
  });
};

/** Of calls that are made one after the other, only one that is most of the request would hold it without that, too. */
function isOpen(time: number, claim: FindingKind | undefined, duration: number): boolean {
  return claim === undefined ? time > 0 : claim === 'serial-calls' && time > duration / 2;
}

const to = (node: SpanNode): string => (addressOf(node) === '' ? '' : ` at ${addressOf(node)}`);

function slowerThanUsual(node: SpanNode, usual: number): Observation {
  const length = lengthOf(node);
  return {
    kind: 'slow-dependency',
    spans: [node],
    title: `${nameOf(node)} is ${(length / usual).toFixed(0)} times slower than usual`,
    sentence: `${callName(node)}${to(node)} took ${formatDuration(length)}; in other traces it takes ${formatDuration(usual)}.`,
    advice: 'Look at what it calls: load, locks, a missing index, the network.',
    evidence: { tookUs: length, usualUs: usual },
    change: { durations: new Map([[node, usual]]) },
  };
}

function observation(slow: readonly SpanNode[], time: number, duration: number): Observation {
  const [slowest] = slow as [SpanNode, ...SpanNode[]];
  const share = Math.round((100 * time) / duration);
  const calls = slow.length === 1 ? '' : ` in ${slow.length} calls`;
  return {
    kind: 'slow-dependency',
    spans: slow,
    title: `${nameOf(slowest)} takes ${share} % of the request`,
    sentence: `${slowest.service} waits ${formatDuration(time)}${calls} for ${callName(slowest)}${to(slowest)}, which is not traced itself: ${share} % of the request.${inItsWords(slowest)}`,
    advice: 'Make what it calls faster, call it less, or trace it to see why it is slow.',
    evidence: { heldUs: time, share: share / 100, calls: slow.length },
    change: { durations: new Map(slow.map(node => [node, 0])) },
    atMost: true,
  };
}

/** What the span's own log says of a wait, if it does. */
function inItsWords({ span }: SpanNode): string {
  for (const { fields } of span.logs ?? []) {
    for (const { value } of fields) {
      if (/\b(wait(ing|ed)? (for|on)|blocked (by|on|for)|queued)\b/i.test(String(value)))
        return ` Its log says: "${String(value).slice(0, 120)}".`;
    }
  }
  return '';
}
