import { callName, effectOfCall, isControl, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import { argumentsKey } from '../failures.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import { median as medianOf } from '../statistics.ts';
import { thresholds } from '../thresholds.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

const limits = thresholds.polling;

/**
 * The same question again and again, with a pause before each, until the response is another.
 *
 *     shop POST /export  |------------------------------|
 *       shop GET           |-|      |-|      |-|     |-|    GET /jobs/7
 */
export const pollings: Rule = ({ tree, claimed }) =>
  parentsOf(tree, limits.calls).flatMap(parent => {
    const calls = parent.children.filter(
      child =>
        child.kind === 'client' &&
        !child.failed &&
        !claimed.has(child) &&
        !isControl(child) &&
        effectOfCall(child) === 'read',
    );
    if (calls.length < limits.calls) return [];
    return [...groupBy(calls, argumentsKey).values()].flatMap(group => polled(group, parent) ?? []);
  });

function polled(calls: readonly SpanNode[], parent: SpanNode): Observation | undefined {
  if (calls.length < limits.calls) return undefined;
  const pauses: PathSection[] = [];
  for (const [i, call] of calls.slice(1).entries()) {
    const { end } = calls[i] as SpanNode;
    if (call.start < end) return undefined;
    pauses.push({ node: parent, start: end, end: call.start });
  }
  const pause = medianOf(pauses.map(lengthOf));
  if (pause < limits.pause || pause < 2 * medianOf(calls.map(lengthOf))) return undefined;
  // Other work between the calls is why they are apart.
  const [first] = calls as [SpanNode, ...SpanNode[]];
  const last = calls.at(-1) as SpanNode;
  const known = new Set(calls);
  if (parent.children.some(child => !known.has(child) && child.start >= first.start && child.end <= last.end))
    return undefined;
  if (
    pauses.filter(each => lengthOf(each) >= pause / 2 && lengthOf(each) <= 4 * pause).length <
    0.8 * pauses.length
  )
    return undefined;
  return {
    kind: 'polling',
    certainty: 'likely',
    because: 'the calls have the same arguments and regular pauses',
    spans: calls,
    title: `${callName(first)} polled ${calls.length} times`,
    sentence: `${nameOf(parent)} makes the same call (${callName(first)}) ${calls.length} times, with ${formatDuration(pause)} between them, ${formatDuration(last.end - first.start)} in all: it waits for something that the calls ask about.`,
    advice: 'Let the other side say when it is done (an event, a callback, a long poll), or ask more often.',
    evidence: { calls: calls.length, pauseUs: pause },
    change: undefined,
    explains: pauses,
  };
}
