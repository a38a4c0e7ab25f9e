import { callIn, callName, isDatabase, operationKey } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf, medianOf, sequenceOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** As many alike make a pattern; Sentry's N+1 detector counts from five, too. */
const least = 5;

/** N+1: one client operation again and again, each waiting for the one before it. */
export const oneByOne: Rule = ({ tree, claimed }) =>
  tree.nodes.flatMap(parent => {
    if (parent.children.length < least) return [];
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && callIn(child) !== undefined,
    );
    const alike = groupBy(calls, child => operationKey(callIn(child) as SpanNode));
    return [...alike.values()].flatMap(group => inSequence(group, parent) ?? []);
  });

function inSequence(group: readonly SpanNode[], parent: SpanNode): Observation | undefined {
  if (group.length < least) return undefined;
  const sequence = sequenceOf(group);
  // What runs side by side for the most part is a pool or a pipeline.
  if (sequence.length < least || sequence.length < 0.8 * group.length) return undefined;
  const [first] = sequence as [SpanNode, ...SpanNode[]];
  const call = callIn(first) as SpanNode;
  const one = medianOf(sequence.map(lengthOf));
  const span = (sequence.at(-1) as SpanNode).end - first.start;
  const kind = isDatabase(call) ? 'commands' : 'calls';
  return {
    kind: 'one-by-one',
    spans: sequence,
    title: `${sequence.length} ${callName(call)} ${kind} one by one`,
    sentence: `${parent.service} ${parent.name} sends ${sequence.length} ${callName(call)} ${kind}, each after the answer to the one before it: ${formatDuration(span)} in all, about ${formatDuration(one)} each.`,
    advice: isDatabase(call)
      ? 'Send them as one command or in one pipeline.'
      : 'Ask for all of them in one call, or at the same time.',
    evidence: { calls: sequence.length, medianUs: one, inAllUs: span },
    // A pipeline saves the waiting, not the work of sending each.
    change: { together: [sequence] },
  };
}
