import { nameOf, withoutNumbers } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { isPlatform } from '../platform.ts';
import { groupBy, medianOf } from '../sequence.ts';
import { tagValue } from '../tags.ts';
import { selfTime } from '../time-use.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** µs of a span's own time; below this it may be the machine that was busy. */
const least = 100_000;
const timesTheUsual = 10;
const leastAlike = 5;

/** Own work that takes far longer than the same work does elsewhere: a sleep, a lock, a pause. */
export const stalls: Rule = ({ tree, held, usual, claimed }) => {
  const slow = tree.nodes.filter(
    node =>
      node.kind !== 'client' &&
      node.kind !== 'producer' &&
      (held.get(node) ?? 0) >= least &&
      !isPlatform(node) &&
      !claimed.has(node),
  );
  return slow.flatMap(node => {
    const self = selfTime(node);
    const siblings = alike(node);
    const among = medianOf(siblings.map(selfTime));
    if (siblings.length >= leastAlike - 1 && self >= timesTheUsual * among) {
      return [
        observation(node, among, `the ${siblings.length} others like it under ${parentName(node)} take`),
      ];
    }
    const before = usual?.selfMedianAt(node);
    if (before === undefined || self < timesTheUsual * before) return [];
    return [observation(node, before, `in the other ${usual?.traces} traces it takes`)];
  });
};

const parentName = ({ parent }: SpanNode): string => (parent === undefined ? 'the root' : nameOf(parent));

function alike(node: SpanNode): SpanNode[] {
  const siblings = (node.parent?.children ?? []).filter(each => each !== node);
  return groupBy(siblings, kindOf).get(kindOf(node)) ?? [];
}

const kindOf = ({ service, name }: SpanNode): string => JSON.stringify([service, withoutNumbers(name)]);

function observation(node: SpanNode, usually: number, comparison: string): Observation {
  const self = selfTime(node);
  const which = ownMark(node);
  return {
    kind: 'stall',
    spans: [node],
    title: `${nameOf(node)}${which} stands still for ${formatDuration(self - usually)}`,
    sentence: `${nameOf(node)}${which} takes ${formatDuration(self)} by itself; ${comparison} ${formatDuration(usually)}. The same work needs no more, so the rest was waiting.`,
    advice: 'Look in this span for a sleep, a lock, a blocking call or a special case.',
    evidence: { selfUs: self, usualUs: usually, times: usually === 0 ? self : Math.round(self / usually) },
    change: { durations: new Map([[node, node.end - node.start - self + usually]]) },
  };
}

/** The tag that numbers the span among its siblings, such as ` (alpha.piece 100)`. */
function ownMark({ span, parent, name }: SpanNode): string {
  const siblings = parent?.children.filter(each => each.name === name) ?? [];
  for (const { key, type, value } of span.tags ?? []) {
    if (type !== 'int64' && type !== 'string') continue;
    const values = new Set(siblings.map(each => tagValue(each.span, key)));
    if (values.size === siblings.length && siblings.length > 1) return ` (${key} ${value})`;
  }
  return '';
}
