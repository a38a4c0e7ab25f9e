import { nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import { answererOf, isWait } from '../platform.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** µs, and the part of the request: Knative's own work is a few ms, on a busy machine some tens. */
const least = 100_000;
const leastShare = 0.1;

/** Time between a call and the function it is for, in Knative's spans, where no queue says why. */
export const underWay: Rule = ({ path, claimed, durationOf }) => {
  const firsts = new Map<SpanNode, SpanNode | undefined>();
  const sections = path.filter(
    section => section.node.ofPlatform && isOnTheWayIn(section, firsts) && !claimed.has(section.node),
  );
  return [...groupBy(sections, ({ node }) => answererOf(node)).entries()].flatMap(([service, hops]) => {
    const time = hops.reduce((sum, hop) => sum + lengthOf(hop), 0);
    const [first] = hops as [PathSection, ...PathSection[]];
    if (time < least || time < leastShare * durationOf(first.node)) return [];
    const longest = [...hops].sort((a, b) => lengthOf(b) - lengthOf(a));
    const shown = longest.slice(0, 3).map(hop => `${formatDuration(lengthOf(hop))} in ${nameOf(hop.node)}`);
    return [
      {
        kind: 'gap',
        certainty: 'possible',
        because: 'the platform’s spans do not say what they waited for',
        spans: [...new Set(longest.map(({ node }) => node))],
        title: `${formatDuration(time)} on the way to ${service}`,
        sentence: `The request took ${formatDuration(time)} through Knative to ${service} (${shown.join(', ')}), and no queue says why: the network, or ${service} or its node was too busy to take it.`,
        advice: `Look whether ${service} keeps its thread busy or had just started, and whether the node has room.`,
        evidence: { for: service, gapUs: time, hops: hops.length },
        change: { idle: hops },
        atMost: true,
      },
    ];
  });
};

/**
 * Whether what the request was passed on to had yet to begin; a call without a response may have been there.
 * @param firsts what each span of Knative's passed a request on to first, once it was sought
 */
function isOnTheWayIn({ node, start }: PathSection, firsts: Map<SpanNode, SpanNode | undefined>): boolean {
  if (isWait(node) || (node.kind === 'client' && node.children.length === 0)) return false;
  if (!firsts.has(node))
    firsts.set(
      node,
      node.children.find(child => !isWait(child)),
    );
  const first = firsts.get(node);
  return first === undefined || first.start > start;
}
