import { addressOf, callName, effectOfCall, isControl, isDatabase, nameOf, operationKey } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { argumentsKey } from '../failures.ts';
import type { Observation } from '../findings.ts';
import { type Scope, wrapperOf } from '../scopes.ts';
import { groupBy, lengthOf, mostAtOnce, sequenceOf } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Context, Rule } from './context.ts';

const limits = thresholds.repeated;

/**
 * The same read again for one request: with the same arguments, or the same query in parallel.
 *
 *     web GET /home  |----------------|
 *       web SELECT     |-----------|       SELECT * FROM top10
 *       web SELECT     |-----------|       SELECT * FROM top10
 *       …
 */
export const repeatedCalls: Rule = context =>
  context.scopes.flatMap(scope => {
    const reads = scope.calls.filter(call => isOpenRead(call, context));
    if (reads.length < 2) return [];
    const inParallel = [...groupBy(reads.filter(isDatabase), operationKey).values()].flatMap(
      group => parallel(group, scope, context) ?? [],
    );
    const known = new Set(inParallel.flatMap(({ spans }) => spans));
    const again = reads.filter(call => !known.has(call) && hasKnownArguments(call));
    const same = [...groupBy(again, call => `${addressOf(call)} ${argumentsKey(call)}`).values()].flatMap(
      group => repeated(group, scope, context) ?? [],
    );
    return [...inParallel, ...same];
  });

const isOpenRead = (call: SpanNode, { claimed }: Context): boolean =>
  !call.failed &&
  !claimed.has(call) &&
  !claimed.has(wrapperOf(call)) &&
  !isControl(call) &&
  effectOfCall(call) === 'read';

/** Of a statement with placeholders, the trace does not say the values; of a call without any, nothing is known. */
function hasKnownArguments({ semantics }: SpanNode): boolean {
  const { statement, url, urlPath } = semantics.facts;
  if (semantics.target === 'database') return statement.includes(' ') && !/[?]|[$:@]\w/.test(statement);
  return semantics.target === 'http' && (url !== '' || urlPath !== '');
}

function parallel(group: readonly SpanNode[], scope: Scope, context: Context): Observation | undefined {
  if (group.length < limits.inParallel || mostAtOnce(group) < limits.inParallel) return undefined;
  const time = group.reduce((sum, call) => sum + (context.pathTime.get(call) ?? 0), 0);
  const { sameArguments } = limits;
  const [first] = group as [SpanNode, ...SpanNode[]];
  if (time < sameArguments.time || time < sameArguments.share * context.durationOf(first)) return undefined;
  const isSame = new Set(group.map(argumentsKey)).size === 1;
  const missed = group.filter(call => isMiss(before(call))).length;
  const stampede = isSame && missed > group.length / 2;
  const commands = `${group.length} ${callName(first)} commands`;
  const which = isSame ? 'the very same query' : 'queries that differ only in their values';
  return {
    kind: 'repeated-call',
    certainty: 'measured',
    because: 'the spans show the same query, overlapping',
    spans: [...group].sort((a, b) => lengthOf(b) - lengthOf(a)),
    title: stampede ? `${commands} in parallel for one missing cache entry` : `${commands} in parallel`,
    sentence: `${nameOf(scope.top)} sends ${commands} in parallel, ${which}${stampede ? ', after as many misses of the cache' : ''}: the longest takes ${formatDuration(Math.max(...group.map(lengthOf)))}, and each adds to the load of the database.`,
    advice: isSame
      ? 'Query once and share the result, also while the query is under way.'
      : 'Ask for all of them in one query.',
    evidence: { calls: group.length, sameArguments: isSame, cacheMisses: missed },
    change: undefined,
    isOpen: true,
  };
}

/** The sibling right before a call. */
function before(call: SpanNode): SpanNode | undefined {
  const siblings = call.parent?.children ?? [];
  return siblings.length > 5 ? undefined : siblings.findLast(({ end }) => end <= call.start + 1);
}

const isMiss = (node: SpanNode | undefined): boolean =>
  /^(false|0|miss)$/i.test(node?.semantics.facts.cacheHit ?? '');

function repeated(group: readonly SpanNode[], scope: Scope, context: Context): Observation | undefined {
  const { sameArguments } = limits;
  const sequence = sequenceOf(group);
  if (sequence.length < sameArguments.calls) return undefined;
  const [first, ...again] = sequence as [SpanNode, ...SpanNode[]];
  const time = again.reduce((sum, call) => sum + lengthOf(call), 0);
  const isOften = isDatabase(first) && sequence.length >= limits.sameStatement;
  const isShort = time < sameArguments.time || time < sameArguments.share * context.durationOf(first);
  if (isShort && !isOften) return undefined;
  const name = callName(first);
  return {
    kind: 'repeated-call',
    certainty: isDatabase(first) ? 'likely' : 'possible',
    because: isDatabase(first)
      ? 'the statements are the same, values included'
      : 'the URLs are the same; the response may have changed between the calls',
    spans: sequence,
    title: `${name} asked ${sequence.length} times`,
    sentence: `${nameOf(scope.top)} makes the same call (${name}) ${sequence.length} times, with the same arguments; all but the first take ${formatDuration(time)}.`,
    advice: 'Ask once and keep the result for the rest of the request.',
    evidence: { calls: sequence.length, repeatedUs: time },
    change: { durations: new Map(again.map(call => [call, 0])) },
  };
}
