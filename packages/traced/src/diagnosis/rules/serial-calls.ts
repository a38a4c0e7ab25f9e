import { answeredBy, callIn, callName, isDatabase, nameOf, operationKey } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { independentRuns } from '../needs.ts';
import { groupBy, lengthOf, medianOf, mostAtOnce, sequenceOf } from '../sequence.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Two calls in a row mostly need each other; Sentry's detector of consecutive HTTP calls counts from three, too. */
const least = 3;
/** A pool's next call begins as one ends: so many µs later, or so much of a call, at most, in so many of them. */
const handover = 1_000;
const handoverShare = 0.1;
const handedOver = 0.8;

/** Calls to other services, one after the other, though nothing says that one needs the other's answer. */
export const serialCalls: Rule = ({ tree, claimed }) =>
  parentsOf(tree, least).flatMap(parent => {
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && isRemote(callIn(child)),
    );
    if (calls.length < least) return [];
    const pools = [...groupBy(calls, child => operationKey(callIn(child) as SpanNode)).values()].flatMap(
      pool,
    );
    const pooled = new Set(pools.flatMap(({ spans }) => spans));
    const runs = independentRuns(calls.filter(call => !pooled.has(call)));
    return [...pools, ...runs.filter(run => run.length >= least).map(run => inSequence(run, parent))];
  });

function isRemote(call: SpanNode | undefined): boolean {
  if (call === undefined || isDatabase(call)) return false;
  const { target } = call.semantics;
  return target === 'http' || target === 'rpc' || answeredBy(call) !== undefined;
}

function inSequence(run: readonly SpanNode[], parent: SpanNode): Observation {
  const sum = run.reduce((all, call) => all + lengthOf(call), 0);
  const longest = run.reduce((most, call) => Math.max(most, lengthOf(call)), 0);
  const names = run.map(call => callName(callIn(call) as SpanNode));
  const shown =
    names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return {
    kind: 'serial-calls',
    spans: run,
    title: `${run.length} calls one after the other`,
    sentence: `${nameOf(parent)} makes ${run.length} calls (${shown}), each only when the one before it has ended: ${formatDuration(sum)} together, the longest alone ${formatDuration(longest)}. Nothing in the trace says that one needs another's answer.`,
    advice: 'Make the calls at the same time, unless one needs what another answers.',
    evidence: { calls: run.length, togetherUs: sum, longestUs: longest },
    change: { together: [run] },
  };
}

/** A worker pool that is smaller than the work: always so many calls at once, and the next when one has ended. */
function pool(group: readonly SpanNode[]): Observation[] {
  const workers = mostAtOnce(group);
  const rounds = sequenceOf(group).length;
  if (workers < 2 || rounds < least || group.length < 2 * workers) return [];
  const calls = [...group].sort((a, b) => a.start - b.start || a.end - b.end);
  if (!isHandedOver(calls, workers)) return [];
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

/** Whether the calls that had to wait began when others ended, and not when they came up. */
function isHandedOver(calls: readonly SpanNode[], workers: number): boolean {
  const most = Math.max(handover, handoverShare * medianOf(calls.map(lengthOf)));
  const ends = calls.map(({ end }) => end).sort((a, b) => a - b);
  let ended = 0;
  const waited = calls.slice(workers).filter(({ start }) => {
    while ((ends[ended] ?? Number.POSITIVE_INFINITY) <= start + 1) ended++;
    return start - (ends[ended - 1] ?? Number.NEGATIVE_INFINITY) <= most;
  });
  return waited.length >= handedOver * (calls.length - workers);
}
