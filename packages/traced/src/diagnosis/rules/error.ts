import { nameOf } from '../calls.ts';
import { failureOf, isRefused, withoutRecovered } from '../failures.ts';
import { placeIn } from '../path-numbers.ts';
import { isTurnedAway } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** Nobody reads more, and each has its way to be told. */
const most = 100;

/** Where failures began: failed spans that no child of theirs explains, and whom each passed on its way up. */
export const errors: Rule = ({ tree, claimed }) => {
  const handled = handledIn(tree.nodes, node => ['unreachable', 'retries'].includes(claimed.get(node) ?? ''));
  const origins = tree.nodes.filter(
    node =>
      node.failed &&
      !handled.has(node) &&
      !node.children.some(child => passesOn(child) && !handled.has(child)),
  );
  if (origins.length === 0) return [];
  const alike = groupBy(origins, node => JSON.stringify([placeIn(tree, node), failureOf(node)]));
  return [...alike.values()].slice(0, most).map(nodes => {
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
      certainty: 'measured',
      because: 'the spans say that they failed',
      spans: [first, ...nodes.slice(1), ...(reachedRoot ? way : [])],
      title: `${nameOf(first)} failed`,
      sentence: `${began}${wayInWords(way, reachedRoot)}`,
      advice: isFull
        ? `Let ${first.service} have more instances (max-scale) or more requests in parallel in each (containerConcurrency).`
        : 'Look at this span first: the failures above it only pass it on.',
      evidence: { failure, spans: nodes.length, passed: way.length, reachedRoot },
      change: undefined,
    };
  });
};

/**
 * Failures that need no finding of their own: the same call went well later, or the caller went on after a response
 * that says no, or another finding tells of it. What they passed on from below is part of them.
 */
function handledIn(nodes: readonly SpanNode[], isTold: (node: SpanNode) => boolean): Set<SpanNode> {
  const handled = new Set<SpanNode>();
  for (const node of nodes) {
    if (!node.children.some(passesOn)) continue;
    const failing = node.children.filter(passesOn);
    const open = new Set(withoutRecovered(failing, node.children));
    const goesOn = !passesOn(node);
    for (const child of failing) {
      const isNoError = goesOn && (isRefused(child) || isTold(child) || isTold(node));
      if (handled.has(node) || !open.has(child) || isNoError) handled.add(child);
    }
  }
  return handled;
}

/** Knative does not mark its inner spans (kn.queueproxy.proxy, activator_proxy) as failed, though they pass it on. */
const passesOn = (node: SpanNode): boolean =>
  node.failed || (node.kind === 'internal' && node.ofPlatform && node.children.some(({ failed }) => failed));

/** The failed spans above it, the nearest first. */
function passed(node: SpanNode): SpanNode[] {
  const way: SpanNode[] = [];
  for (let at = node.parent; at !== undefined && passesOn(at); at = at.parent) if (at.failed) way.push(at);
  return way;
}

function wayInWords(way: readonly SpanNode[], reachedRoot: boolean): string {
  if (way.length === 0) return reachedRoot ? '.' : ' and was handled there: nothing above it failed.';
  const names = way.map(nameOf);
  const shown =
    names.length > 4 ? [...names.slice(0, 2), `${names.length - 3} more`, ...names.slice(-1)] : names;
  const end = reachedRoot ? ', which is the whole request.' : ', and was handled above that.';
  return ` and passed ${shown.join(', ')}${end}`;
}
