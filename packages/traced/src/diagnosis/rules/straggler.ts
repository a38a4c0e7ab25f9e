import { instanceIn } from '../../semantics/index.ts';
import { addressOf, answeredBy, callIn, callName, nameOf, operationKey } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf, mostAtOnce } from '../sequence.ts';
import { median as medianOf } from '../statistics.ts';
import { thresholds } from '../thresholds.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

const limits = thresholds.straggler;

/**
 * Of calls alike that run in parallel, the one that the request waits for long after the others have ended.
 *
 *     search GET /q   |----------------|
 *       search GET      |--|                to shard-1
 *       search GET      |--|                to shard-2
 *       search GET      |-------------|     to shard-3
 */
export const stragglers: Rule = ({ tree, pathTime, claimed }) =>
  parentsOf(tree, limits.calls).flatMap(parent => {
    const calls = parent.children.filter(
      child => child.awaited && !claimed.has(child) && callIn(child) !== undefined,
    );
    if (calls.length < limits.calls) return [];
    const alike = groupBy(calls, child => operationKey(callIn(child) as SpanNode));
    return [...alike.values()].flatMap(group => slowest(group, pathTime) ?? []);
  });

function slowest(
  group: readonly SpanNode[],
  pathTime: ReadonlyMap<SpanNode, number>,
): Observation | undefined {
  if (group.length < limits.calls || mostAtOnce(group) < limits.calls) return undefined;
  const byLength = [...group].sort((a, b) => lengthOf(b) - lengthOf(a));
  const [node] = byLength as [SpanNode, ...SpanNode[]];
  const call = callIn(node) as SpanNode;
  const median = medianOf(group.map(lengthOf));
  const over = lengthOf(node) - median;
  if (over < limits.over || lengthOf(node) < limits.times * median) return undefined;
  const server = answeredBy(call);
  // What is below it and explains it is a finding of its own.
  const own = [node, call, ...(server === undefined ? [] : [server])];
  const time = own.reduce((sum, each) => sum + (pathTime.get(each) ?? 0), 0);
  if (time < over / 2) return undefined;
  const instance = (server && instanceIn(server.process?.tags)) || addressOf(call);
  const where = instance === '' ? '' : ` (${instance})`;
  return {
    kind: 'straggler',
    certainty: 'measured',
    because: 'its peers, which began with it, took far less',
    spans: [...new Set(own)],
    title: `One of ${group.length} ${callName(call)} calls takes ${formatDuration(lengthOf(node))}`,
    sentence: `${nameOf(node)}${where} takes ${formatDuration(lengthOf(node))}; the ${group.length - 1} others like it, which run in parallel, take about ${formatDuration(median)}. The request waits for the slowest.`,
    advice:
      'Look at what is different about this one: its host, its share of the data; or go on without it after a while (hedged requests).',
    evidence: { calls: group.length, tookUs: lengthOf(node), medianUs: median, instance },
    change: { durations: new Map([[node, median]]) },
    atMost: true,
  };
}
