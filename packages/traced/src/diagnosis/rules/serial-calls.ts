import { memoizedTest } from '../../semantics/index.ts';
import {
  addressOf,
  answeredBy,
  callIn,
  callName,
  effectOfCall,
  isDatabase,
  isPaging,
  nameOf,
  operationKey,
} from '../calls.ts';
import { independentRuns } from '../dependencies.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf, mostAtOnce, sequenceOf } from '../sequence.ts';
import { median as medianOf } from '../statistics.ts';
import { thresholds } from '../thresholds.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

const least = thresholds.serialCalls.calls;
/** What such a call says, those after it need. */
const isIdentityName = memoizedTest(
  /auth|login|session|token|verify|identity|whoami|\bme\b|permission|config|feature/i,
);
const isIdentity = (call: SpanNode): boolean =>
  isIdentityName(call.name) || isIdentityName(callName(call)) || isIdentityName(addressOf(call));
/** A pool's next call begins as one ends: so many µs later, or so much of a call, at most, in so many of them. */
const handover = 1_000;
const handoverShare = 0.1;
const handedOver = 0.8;

/** Reads from other services, sequentially, though nothing says that one needs the response to another. */
export const serialCalls: Rule = ({ tree, claimed }) =>
  parentsOf(tree, least).flatMap(parent => {
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && isRemoteRead(callIn(child)),
    );
    if (calls.length < least) return [];
    const pools = [...groupBy(calls, child => operationKey(callIn(child) as SpanNode)).values()].flatMap(
      pool,
    );
    const pooled = new Set(pools.flatMap(({ spans }) => spans));
    const runs = independentRuns(calls.filter(call => !pooled.has(call)));
    return [
      ...pools,
      ...runs
        .filter(run => run.length >= least && !isPaging(run.map(child => callIn(child) as SpanNode)))
        .map(run => inSequence(run, parent)),
    ];
  });

function isRemoteRead(call: SpanNode | undefined): boolean {
  if (call === undefined || call.failed || isDatabase(call) || effectOfCall(call) !== 'read') return false;
  const { target } = call.semantics;
  return target === 'http' || target === 'rpc' || answeredBy(call) !== undefined;
}

function inSequence(run: readonly SpanNode[], parent: SpanNode): Observation {
  const sum = run.reduce((all, call) => all + lengthOf(call), 0);
  const longest = run.reduce((most, call) => Math.max(most, lengthOf(call)), 0);
  const { likely } = thresholds.serialCalls;
  const calls = run.map(child => callIn(child) as SpanNode);
  const services = new Set(calls.map(call => answeredBy(call)?.service ?? addressOf(call))).size;
  const areReads = calls.every(({ semantics }) => semantics.effect === 'read');
  const isLikely =
    areReads && run.length >= likely.calls && services >= likely.services && !calls.some(isIdentity);
  const names = run.map(call => callName(callIn(call) as SpanNode));
  const shown =
    names.length > 5 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
  return {
    kind: 'serial-calls',
    certainty: isLikely ? 'likely' : 'possible',
    because: isLikely
      ? 'so many calls to different services rarely all need each other'
      : 'a trace does not show whether a call needs the response to the one before it',
    spans: run,
    title: `${run.length} calls sequentially`,
    sentence: `${nameOf(parent)} makes ${run.length} calls (${shown}), each only when the one before it has ended: ${formatDuration(sum)} together, the longest alone ${formatDuration(longest)}. Nothing in the trace says that one needs another's response.`,
    advice: 'Make the calls in parallel, unless one needs the response to another.',
    evidence: { calls: run.length, togetherUs: sum, longestUs: longest },
    change: { together: [run] },
    // What may need to be so is no reason not to look at the calls themselves.
    isOpen: !isLikely,
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
      certainty: 'measured',
      because: 'each call begins as one of those before it ends',
      spans: calls,
      title: `${calls.length} ${name} calls, ${workers} at a time`,
      sentence: `${first.service} makes ${calls.length} ${name} calls, never more than ${workers} in parallel, so they take ${rounds} rounds.`,
      advice: 'Let more of them run in parallel, if the other side has room.',
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
