import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { groupBy } from '../sequence.ts';
import { isPlatform } from '../time-use.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** µs; the activator's and queue-proxy's own work is a few ms. */
const least = 20_000;

/** Time in which the request stood in Knative's ingress, activator or queue-proxy, with nobody starting cold. */
export const queueing: Rule = ({ tree, path, claimed }) => {
  const waiting = path.filter(({ node }) => isPlatform(node) && !claimed.has(node));
  return [...groupBy(waiting, ({ node }) => nameOf(node)).values()].flatMap(sections => {
    const time = sections.reduce((sum, { start, end }) => sum + end - start, 0);
    if (time < least) return [];
    const spans = [...new Set(sections.map(({ node }) => node))];
    const [first] = spans as [SpanNode, ...SpanNode[]];
    return [
      {
        kind: 'queueing',
        spans,
        title: `${formatDuration(time)} of waiting in ${nameOf(first)}`,
        sentence: `The request stood ${formatDuration(time)} in ${nameOf(first)} before it was passed on: ${below(tree.nodes, first)} had no room for it.`,
        advice:
          'Allow more instances or more requests at once in each (containerConcurrency, max-scale, target).',
        evidence: { waitedUs: time, spans: spans.length },
        change: { idle: sections },
      },
    ];
  });
};

function below(nodes: readonly SpanNode[], platform: SpanNode): string {
  const at = nodes.indexOf(platform);
  const server = nodes.slice(at + 1).find(node => node.kind === 'server' && !isPlatform(node));
  return server?.service ?? 'what comes after it';
}
