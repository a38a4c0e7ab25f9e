import {
  addressOf,
  callIn,
  callName,
  effectOfCall,
  isConnect,
  isControl,
  isDatabase,
  isPaging,
  nameOf,
  operationKey,
} from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Certainty, Observation } from '../findings.ts';
import { allOf } from '../replay.ts';
import { type Scope, wrapperOf } from '../scopes.ts';
import { groupBy, lengthOf, sequenceOf } from '../sequence.ts';
import { median as medianOf } from '../statistics.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Context, Rule } from './context.ts';

const limits = thresholds.oneByOne;

/**
 * N+1: one client operation again and again, each waiting for the one before it, wherever in one service's part of
 * the request the calls are made.
 *
 *     shop GET /cart  |-------------------|
 *       shop item       |----||----||----|
 *         shop SELECT    |--|  |--|  |--|
 */
export const oneByOne: Rule = context =>
  context.scopes.flatMap(scope => {
    const calls = scope.calls.filter(
      call => !context.claimed.has(call) && !context.claimed.has(wrapperOf(call)) && !isControl(call),
    );
    if (calls.length < limits.few.calls) return [];
    const between = new OwnTime(scope);
    const alike = groupBy(calls, operationKey);
    return [...alike.values()].flatMap(group => inSequence(group, { ...context, scope, between }) ?? []);
  });

interface Around extends Context {
  scope: Scope;
  between: OwnTime;
}

function inSequence(group: readonly SpanNode[], around: Around): Observation | undefined {
  if (group.length < limits.few.calls) return undefined;
  const sequence = sequenceOf(group);
  // What runs side by side for the most part is a pool or a pipeline.
  if (sequence.length < limits.few.calls || sequence.length < limits.sequential * group.length)
    return undefined;
  const [first] = sequence as [SpanNode, ...SpanNode[]];
  const isQuery = isDatabase(first);
  const effect = isQuery ? 'read' : effectOfCall(first);
  if (effect === 'write' || isPaging(sequence)) return undefined;
  const median = medianOf(sequence.map(lengthOf));
  const isSlow = (call: SpanNode) =>
    lengthOf(call) > Math.max(limits.outlier * median, median + limits.outlierTime);
  const calls = sequence.filter(call => !isSlow(call));
  const work = around.between.workBefore(calls, isQuery, median);
  if (work === 'other') return undefined;
  if (calls.length >= limits.calls) {
    // One slow query beside some fast ones is no N+1.
    const slow = sequence.filter(isSlow).reduce((sum, call) => sum + lengthOf(call), 0);
    const rest = calls.reduce((sum, call) => sum + lengthOf(call), 0);
    if (slow > 10 * rest) return undefined;
    return observation(calls, around, effect === 'read' && work === 'none' ? 'measured' : 'possible');
  }
  const time = calls.reduce((sum, call) => sum + lengthOf(call), 0);
  const { few } = limits;
  // Each is slow by itself, which is another finding.
  if (median >= thresholds.slowDependency.time) return undefined;
  if (calls.length < few.calls || time < few.time || time < few.share * around.durationOf(first))
    return undefined;
  return effect === 'read' ? observation(calls, around, 'possible') : undefined;
}

/** The time of a service's own between its calls, sought once for all kinds of them. */
class OwnTime {
  readonly #before = new Map<SpanNode, number>();

  constructor({ calls, top }: Scope) {
    let reached = top.start;
    for (const call of calls) {
      this.#before.set(call, Math.max(0, call.start - reached));
      reached = Math.max(reached, call.end);
    }
  }

  /**
   * Whether the caller mostly works, or sleeps, for longer before a call than the call takes, so that it may do other
   * things (`other`), or it may not be told (`unclear`). Calls that ask for one
   * thing after the other, such as queries that differ only in their values, are a loop whatever it does with each.
   */
  workBefore(calls: readonly SpanNode[], isQuery: boolean, median: number): 'none' | 'unclear' | 'other' {
    const before = medianOf(calls.slice(1).map(call => this.#before.get(call) ?? 0));
    if (before <= Math.max(limits.work, median)) return 'none';
    const asked = new Set(
      calls.map(({ semantics: { facts } }) => (isQuery ? facts.statement : facts.url || facts.urlPath)),
    );
    if (asked.size > calls.length / 2) return 'none';
    if (!isQuery || ![...asked].every(text => isTemplate(text))) return 'other';
    if (before <= limits.timesQuery * median) return 'none';
    return calls.length >= limits.manyTemplates ? 'unclear' : 'other';
  }
}

/** A statement whose values are left out. */
const isTemplate = (statement: string): boolean => /[?]|[$:@]\w/.test(statement);

function observation(calls: readonly SpanNode[], around: Around, certainty: Certainty): Observation {
  const wrappers = calls.map(wrapperOf);
  const [first] = calls as [SpanNode, ...SpanNode[]];
  const [wrapper] = wrappers as [SpanNode, ...SpanNode[]];
  const siblings = wrappers.every(({ parent }) => parent === wrapper.parent);
  const spans = siblings ? wrappers : calls;
  const one = medianOf(spans.map(lengthOf));
  const inAll = (spans.at(-1) as SpanNode).end - (spans[0] as SpanNode).start;
  const commands = `${calls.length} ${callName(first)} ${isDatabase(first) ? 'commands' : 'calls'}`;
  const caller = (siblings ? wrapper.parent : around.scope.top) ?? around.scope.top;
  const observed: Observation = {
    kind: 'one-by-one',
    certainty,
    because:
      certainty === 'measured'
        ? 'each call begins when the one before it has ended'
        : 'a few calls alike, or calls that may write, can need their order',
    spans,
    title: `${commands} sequentially`,
    sentence: `${nameOf(caller)} sends ${commands}, each after the response to the one before it: ${formatDuration(inAll)} in all, about ${formatDuration(one)} each.`,
    advice: isDatabase(first)
      ? 'Send them as one command or in one pipeline.'
      : 'Ask for all of them in one call, or in parallel.',
    evidence: { calls: calls.length, medianUs: one, inAllUs: inAll },
    // Side by side rather than gone: a pipeline saves the waiting, not the work of sending each. What else is done
    // for each of several items stays where it is.
    change: siblings ? { together: [spans] } : { durations: new Map(calls.slice(1).map(call => [call, 0])) },
    ...(siblings ? {} : { atMost: true }),
    // What may need its order is no reason not to look at the calls themselves.
    isOpen: !isDatabase(first) && certainty === 'possible' && effectOfCall(first) !== 'read',
  };
  const connection = connectionFor(wrapper, first);
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
function connectionFor(first: SpanNode, call: SpanNode): SpanNode | undefined {
  const { parent } = first;
  return parent?.children.findLast(
    child =>
      isConnect(child) &&
      child.end <= first.start &&
      child.start >= parent.start &&
      addressOf(callIn(child) ?? child) === addressOf(call),
  );
}
