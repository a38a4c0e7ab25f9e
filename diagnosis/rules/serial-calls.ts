import { answeredBy, callIn, callName, isDatabase } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf, mostAtOnce, sequenceOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Two calls in a row mostly need each other; Sentry's detector of consecutive HTTP calls counts from three, too. */
const least = 3;
/** More of the parent's own time between two calls than this part of them is work on the first one's answer. */
const mostOwnTime = 0.25;

/** Calls to other services, one after the other, though nothing says that one needs the other's answer. */
export const serialCalls: Rule = ({ tree, claimed }) =>
  tree.nodes.flatMap(parent => {
    if (parent.children.length < least) return [];
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && isRemote(callIn(child)),
    );
    if (calls.length < least) return [];
    const pools = [...groupBy(calls, child => callName(callIn(child) as SpanNode)).values()].flatMap(pool);
    const pooled = new Set(pools.flatMap(({ spans }) => spans));
    return [
      ...pools,
      ...inSequence(
        calls.filter(call => !pooled.has(call)),
        parent,
      ),
    ];
  });

function isRemote(call: SpanNode | undefined): boolean {
  return (
    call !== undefined &&
    !isDatabase(call) &&
    (answeredBy(call) !== undefined || /^(GET|HEAD|HTTP)\b/i.test(call.name))
  );
}

function inSequence(calls: readonly SpanNode[], parent: SpanNode): Observation[] {
  const run = sequenceOf(calls);
  if (run.length < least || run.length < calls.length || ownTimeShare(run) > mostOwnTime) return [];
  const sum = run.reduce((all, call) => all + lengthOf(call), 0);
  const longest = Math.max(...run.map(lengthOf));
  const names = run.map(call => callName(callIn(call) as SpanNode));
  const shown =
    names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return [
    {
      kind: 'serial-calls',
      spans: run,
      title: `${run.length} calls one after the other`,
      sentence: `${parent.service} ${parent.name} makes ${run.length} calls (${shown}), each only when the one before it has ended: ${formatDuration(sum)} together, the longest alone ${formatDuration(longest)}. Nothing in the trace says that one needs another's answer.`,
      advice: 'Make the calls at the same time, unless one needs what another answers.',
      evidence: { calls: run.length, togetherUs: sum, longestUs: longest },
      change: { together: [run] },
    },
  ];
}

/** A worker pool that is smaller than the work: always so many calls at once, and the next when one has ended. */
function pool(group: readonly SpanNode[]): Observation[] {
  const workers = mostAtOnce(group);
  const rounds = sequenceOf(group).length;
  if (workers < 2 || rounds < least || group.length < 2 * workers) return [];
  const calls = [...group].sort((a, b) => a.start - b.start || a.end - b.end);
  const [first] = calls as [SpanNode, ...SpanNode[]];
  const name = callName(callIn(first) as SpanNode);
  return [
    {
      kind: 'serial-calls',
      spans: calls,
      title: `${calls.length} ${name} calls, ${workers} at a time`,
      sentence: `${first.service} makes ${calls.length} ${name} calls, never more than ${workers} at once, so they take ${rounds} rounds.`,
      advice: 'Let more of them run at once, if the other side can bear it.',
      evidence: { calls: calls.length, atOnce: workers, rounds },
      change: { together: [calls] },
    },
  ];
}

function ownTimeShare(run: readonly SpanNode[]): number {
  const all = (run.at(-1) as SpanNode).end - (run[0] as SpanNode).start;
  return all === 0 ? 0 : 1 - run.reduce((sum, call) => sum + lengthOf(call), 0) / all;
}
