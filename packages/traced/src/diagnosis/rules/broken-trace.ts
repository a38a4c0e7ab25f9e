import { withoutNumbers } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { groupBy } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** Each looks through the whole trace for who may have dropped the parent, and nobody reads more. */
const most = 100;

/**
 * Spans that name a parent which is not there. A trace whose only root does so is not broken, nor one whose roots all
 * are requests of one caller: it lies outside of what is traced here.
 */
export const brokenTraces: Rule = ({ tree }) => {
  const orphans = tree.roots.filter(({ missingParent }) => missingParent !== undefined);
  if (tree.roots.length < 2 || orphans.length === 0 || haveOneCaller(tree.roots)) return [];
  return together(orphans)
    .slice(0, most)
    .map(lost => {
      const [first] = lost as [SpanNode, ...SpanNode[]];
      const parents = new Set(lost.map(({ missingParent }) => missingParent)).size;
      const names = lost.length === 1 ? 'A span' : `${lost.length} spans`;
      const one = parents === 1 ? 'a parent that did not arrive' : `${parents} parents that did not arrive`;
      return {
        kind: 'broken-trace',
        certainty: 'measured',
        because: 'the parents that the spans name are not in the trace',
        spans: lost,
        title: `${nameOf(first)} lost its parent`,
        sentence: `${names} of ${first.service} (${first.name}) ${lost.length === 1 ? 'names' : 'name'} ${one}${suspectOf(first, tree.nodes)}.`,
        advice:
          'See whether the service that was to send it drops spans: its exporter, its sampling, its shutdown.',
        evidence: { missingParent: first.missingParent ?? '', parents, spans: lost.length },
        change: undefined,
      };
    });
};

/** Spans of one kind lose their parents for one reason, and so do those that lost the same one. */
function together(orphans: readonly SpanNode[]): SpanNode[][] {
  const groups: SpanNode[][] = [];
  const byParent = new Map<string | undefined, SpanNode[]>();
  const alike = groupBy(orphans, ({ service, name, kind }) =>
    JSON.stringify([service, withoutNumbers(name), kind]),
  );
  for (const lost of alike.values()) {
    const known = lost
      .map(({ missingParent }) => byParent.get(missingParent))
      .find(group => group !== undefined);
    const group = known ?? [];
    if (known === undefined) groups.push(group);
    for (const node of lost) group.push(node);
    for (const { missingParent } of lost) byParent.set(missingParent, group);
  }
  return groups;
}

const haveOneCaller = ([first, ...others]: readonly SpanNode[]): boolean =>
  first?.kind === 'server' &&
  first.missingParent !== undefined &&
  others.every(({ kind, missingParent }) => kind === 'server' && missingParent === first.missingParent);

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
