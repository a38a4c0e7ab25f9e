import { nameOf } from '../calls.ts';
import { failureOf } from '../failures.ts';
import { groupBy } from '../sequence.ts';
import { pathTo, type SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Where failures began: failed spans that no child of theirs explains, and whom each passed on its way up. */
export const errors: Rule = ({ tree, claimed }) => {
  const origins = tree.nodes.filter(node => node.failed && !node.children.some(child => child.failed));
  const unexplained = origins.filter(node => !(claimed.has(node) && isHandled(node)));
  const alike = groupBy(unexplained, node =>
    JSON.stringify([pathTo(node).map(nameOf), passed(node).length, failureOf(node)]),
  );
  return [...alike.values()].map(nodes => {
    const [first] = nodes as [SpanNode, ...SpanNode[]];
    const way = passed(first);
    const failure = failureOf(first);
    const reachedRoot = way.at(-1)?.parent === undefined && (way.length > 0 || first.parent === undefined);
    const times = nodes.length > 1 ? `${nodes.length} times ` : '';
    const began = `The error began ${times}in ${nameOf(first)}${failure === '' ? '' : ` (${failure})`}`;
    return {
      kind: 'error',
      spans: [first, ...nodes.slice(1), ...(reachedRoot ? way : [])],
      title: `${nameOf(first)} failed`,
      sentence: `${began}${wayInWords(way, reachedRoot)}`,
      advice: 'Look at this span first: the failures above it only pass it on.',
      evidence: { failure, spans: nodes.length, passed: way.length, reachedRoot },
      change: undefined,
    };
  });
};

/** The failed spans above it, the nearest first. */
function passed(node: SpanNode): SpanNode[] {
  const way: SpanNode[] = [];
  for (let at = node.parent; at?.failed === true; at = at.parent) way.push(at);
  return way;
}

const isHandled = (node: SpanNode): boolean => node.parent !== undefined && !node.parent.failed;

function wayInWords(way: readonly SpanNode[], reachedRoot: boolean): string {
  if (way.length === 0) return reachedRoot ? '.' : ' and was handled there: nothing above it failed.';
  const names = way.map(nameOf);
  const shown =
    names.length > 4 ? [...names.slice(0, 2), `${names.length - 3} more`, ...names.slice(-1)] : names;
  const end = reachedRoot ? ', which is the whole request.' : ', and was handled above that.';
  return ` and passed ${shown.join(', ')}${end}`;
}
