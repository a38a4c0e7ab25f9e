import { waitOf } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { groupBy } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/**
 * Time in which the request waited for a connection of a pool.
 *
 *     shop GET /cart            |---------------------|
 *       shop pool.getConnection   |----------------|
 *       shop SELECT                                 |-|
 */
export const connectionWaits: Rule = ({ tree, pathTime, claimed, durationOf }) => {
  const waits = tree.nodes.filter(
    node => (pathTime.get(node) ?? 0) > 0 && !claimed.has(node) && waitOf(node.name).wait === 'connection',
  );
  const alike = groupBy(waits, nameOf);
  return [...alike.values()].flatMap(nodes => {
    const time = nodes.reduce((sum, node) => sum + (pathTime.get(node) ?? 0), 0);
    const [first] = nodes as [SpanNode, ...SpanNode[]];
    if (time < thresholds.connectionWait.time || time < thresholds.connectionWait.share * durationOf(first))
      return [];
    const calls = nodes.length === 1 ? '' : ` in ${nodes.length} spans`;
    return [
      {
        kind: 'connection-wait',
        certainty: 'likely',
        because:
          'the span’s name says that it takes a connection; a new one that is slow to open looks alike',
        spans: nodes,
        title: `${formatDuration(time)} waiting for a pooled connection`,
        sentence: `${first.service} waits ${formatDuration(time)}${calls} in ${first.name} until it has a connection: all of the pool’s are in use, or a new one is slow to open.`,
        advice:
          'Look for what keeps connections for long (transactions with calls in them), then see whether the pool is large enough.',
        evidence: { waitedUs: time, spans: nodes.length },
        change: { durations: new Map(nodes.map(node => [node, 0])) },
        atMost: true,
      },
    ];
  });
};
