import { nameOf } from '../calls.ts';
import { groupBy } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/**
 * Spans that name a parent which is not there. A trace whose only root does so is not broken: its caller lies outside
 * of what is traced here.
 */
export const brokenTraces: Rule = ({ tree }) => {
  if (tree.roots.length < 2) return [];
  const orphans = tree.roots.filter(({ missingParent }) => missingParent !== undefined);
  return [...groupBy(orphans, ({ missingParent }) => missingParent ?? '').values()].map(lost => {
    const [first] = lost as [SpanNode, ...SpanNode[]];
    const suspect = suspectOf(first, tree.nodes);
    const count = lost.length === 1 ? 'A span' : `${lost.length} spans`;
    return {
      kind: 'broken-trace',
      spans: lost,
      title: `${nameOf(first)} lost its parent`,
      sentence: `${count} of ${first.service} (${first.name}) ${lost.length === 1 ? 'names' : 'name'} a parent that did not arrive${suspect}.`,
      advice:
        'See whether the service that was to send it drops spans: its exporter, its sampling, its shutdown.',
      evidence: { missingParent: first.missingParent ?? '', spans: lost.length },
      change: undefined,
    };
  });
};

/** A server's parent is its caller's span; any other's is of its own service. */
function suspectOf(orphan: SpanNode, nodes: readonly SpanNode[]): string {
  if (orphan.kind !== 'server' && orphan.kind !== 'consumer')
    return `; it should have come from ${orphan.service} itself`;
  const around = nodes.findLast(
    node => node.start <= orphan.start && node.end >= orphan.start && node.service !== orphan.service,
  );
  if (around === undefined) return '; its caller sent none, or passed another context on';
  return `; at that time ${nameOf(around)} was running, so the context may have been lost between the two`;
}
