import { nameOf } from '../calls.ts';
import { failureOf } from '../failures.ts';
import { isPlatform, isTurnedAway } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import { pathTo, type SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Where failures began: failed spans that no child of theirs explains, and whom each passed on its way up. */
export const errors: Rule = ({ tree, claimed }) => {
  const origins = tree.nodes.filter(node => node.failed && !node.children.some(passesOn));
  const unexplained = origins.filter(node => !(claimed.has(node) && isHandled(node)));
  const alike = groupBy(unexplained, node =>
    JSON.stringify([pathTo(node).map(nameOf), passed(node).length, failureOf(node)]),
  );
  return [...alike.values()].map(nodes => {
    const [first] = nodes as [SpanNode, ...SpanNode[]];
    const way = passed(first);
    const failure = failureOf(first);
    const reachedRoot = (way.at(-1) ?? first) === tree.root;
    const times = nodes.length > 1 ? `${nodes.length} times ` : '';
    const isFull = isTurnedAway(first);
    const why = isFull ? `${failure}; its queue was full` : failure;
    const began = `The error began ${times}in ${nameOf(first)}${why === '' ? '' : ` (${why})`}`;
    return {
      kind: 'error',
      spans: [first, ...nodes.slice(1), ...(reachedRoot ? way : [])],
      title: `${nameOf(first)} failed`,
      sentence: `${began}${wayInWords(way, reachedRoot)}`,
      advice: isFull
        ? `Let ${first.service} have more instances (max-scale) or more requests at once in each (containerConcurrency).`
        : 'Look at this span first: the failures above it only pass it on.',
      evidence: { failure, spans: nodes.length, passed: way.length, reachedRoot },
      change: undefined,
    };
  });
};

/** Knative does not mark its inner spans (kn.queueproxy.proxy, activator_proxy) as failed, though they pass it on. */
const passesOn = (node: SpanNode): boolean =>
  node.failed || (node.kind === 'internal' && isPlatform(node) && node.children.some(({ failed }) => failed));

/** The failed spans above it, the nearest first. */
function passed(node: SpanNode): SpanNode[] {
  const way: SpanNode[] = [];
  for (let at = node.parent; at !== undefined && passesOn(at); at = at.parent) if (at.failed) way.push(at);
  return way;
}

const isHandled = ({ parent }: SpanNode): boolean => parent !== undefined && !passesOn(parent);

function wayInWords(way: readonly SpanNode[], reachedRoot: boolean): string {
  if (way.length === 0) return reachedRoot ? '.' : ' and was handled there: nothing above it failed.';
  const names = way.map(nameOf);
  const shown =
    names.length > 4 ? [...names.slice(0, 2), `${names.length - 3} more`, ...names.slice(-1)] : names;
  const end = reachedRoot ? ', which is the whole request.' : ', and was handled above that.';
  return ` and passed ${shown.join(', ')}${end}`;
}
