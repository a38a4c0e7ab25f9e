import { addressOf, callIn, callName, isConnect, isDatabase, nameOf, operationKey } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { allOf } from '../replay.ts';
import { groupBy, lengthOf, medianOf, ownTimesBefore, sequenceOf } from '../sequence.ts';
import { selfTime } from '../time-use.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule, Sight } from './index.ts';

/** As many alike make a pattern; Sentry's N+1 detector counts from five, too. */
const least = 5;
/** µs of the caller's own time before a call, from which on, if it is longer than the call, it is work on the answer before. */
const leastWork = 5_000;

/** N+1: one client operation again and again, each waiting for the one before it. */
export const oneByOne: Rule = ({ tree, claimed }) =>
  parentsOf(tree, least).flatMap(parent => {
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && callIn(child) !== undefined,
    );
    return [...amongCalls(parent, calls), ...withinItems(parent, claimed)];
  });

function amongCalls(parent: SpanNode, calls: readonly SpanNode[]): Observation[] {
  if (calls.length < least) return [];
  const alike = groupBy(calls, child => operationKey(callIn(child) as SpanNode));
  const around = {
    parent,
    own: ownTimesBefore(parent.children),
    connects: parent.children.filter(isConnect),
  };
  return [...alike.values()].flatMap(group => inSequence(group, around) ?? []);
}

/** The same where each item has a span of its own in which several calls are made for it. */
function withinItems(parent: SpanNode, claimed: Sight['claimed']): Observation[] {
  const items = parent.children.filter(
    child => child.kind === 'internal' && child.awaited && child.children.length > 1,
  );
  if (items.length < least) return [];
  const calls = items.flatMap(item =>
    item.children.filter(call => call.kind === 'client' && call.awaited && !claimed.has(call)),
  );
  return [...groupBy(calls, operationKey).values()].flatMap(group => {
    const sequence = sequenceOf(group);
    const itemsOf = new Set(sequence.map(call => call.parent));
    if (itemsOf.size < least || sequence.length < 0.8 * group.length) return [];
    const own = medianOf([...itemsOf].map(item => (item === undefined ? 0 : selfTime(item))));
    if (own > Math.max(leastWork, medianOf(sequence.map(lengthOf)))) return [];
    const { change, ...observed } = observation(sequence, { parent, own: new Map(), connects: [] });
    // What else is done for an item stays where it is.
    return [{ ...observed, change: { durations: new Map(sequence.slice(1).map(call => [call, 0])) } }];
  });
}

/** What lies around the calls, looked at once for all kinds of calls that a span makes. */
interface Around {
  parent: SpanNode;
  /** µs of its own time before each of its children. */
  own: ReadonlyMap<SpanNode, number>;
  connects: readonly SpanNode[];
}

function inSequence(group: readonly SpanNode[], around: Around): Observation | undefined {
  if (group.length < least) return undefined;
  const sequence = sequenceOf(group);
  // What runs side by side for the most part is a pool or a pipeline.
  if (sequence.length < least || sequence.length < 0.8 * group.length) return undefined;
  return worksBetween(sequence, around) ? undefined : observation(sequence, around);
}

/** Whether the caller mostly works, or sleeps, for longer before a call than the call takes. */
function worksBetween(sequence: readonly SpanNode[], { own }: Around): boolean {
  const before = medianOf(sequence.slice(1).map(call => own.get(call) ?? 0));
  return before > Math.max(leastWork, medianOf(sequence.map(lengthOf)));
}

function observation(sequence: readonly SpanNode[], around: Around): Observation {
  const [first] = sequence as [SpanNode, ...SpanNode[]];
  const call = callIn(first) as SpanNode;
  const one = medianOf(sequence.map(lengthOf));
  const span = (sequence.at(-1) as SpanNode).end - first.start;
  const commands = `${sequence.length} ${callName(call)} ${isDatabase(call) ? 'commands' : 'calls'}`;
  const observed: Observation = {
    kind: 'one-by-one',
    spans: sequence,
    title: `${commands} one by one`,
    sentence: `${nameOf(around.parent)} sends ${commands}, each after the answer to the one before it: ${formatDuration(span)} in all, about ${formatDuration(one)} each.`,
    advice: isDatabase(call)
      ? 'Send them as one command or in one pipeline.'
      : 'Ask for all of them in one call, or at the same time.',
    evidence: { calls: sequence.length, medianUs: one, inAllUs: span },
    // Side by side rather than gone: a pipeline saves the waiting, not the work of sending each.
    change: { together: [sequence] },
  };
  const connection = connectionFor(first, call, around);
  return connection === undefined ? observed : withConnection(observed, connection);
}

/** A connection that was opened for the commands goes with them: one cause, one finding. */
function withConnection(observed: Observation, connection: SpanNode): Observation {
  const took = formatDuration(lengthOf(connection));
  return {
    ...observed,
    spans: [...observed.spans, connection],
    sentence: `${observed.sentence} The connection was opened for them, which took ${took} more.`,
    advice: 'Send them as one command or in one pipeline, on a connection that is kept.',
    evidence: { ...observed.evidence, connectUs: lengthOf(connection) },
    change: allOf([observed.change ?? {}, { durations: new Map([[connection, 0]]) }]),
  };
}

/** The span in which the caller connected to the same address just before. */
function connectionFor(first: SpanNode, call: SpanNode, { parent, connects }: Around): SpanNode | undefined {
  return connects.findLast(
    child => child.end <= first.start && child.start >= parent.start && addressOf(child) === addressOf(call),
  );
}
