/** Pieces of one kind of work beside each other: whether one of them is simply larger. */
import { attributeText, withoutNumbers } from '../semantics/index.ts';
import { median as medianOf } from './statistics.ts';
import { thresholds } from './thresholds.ts';
import type { SpanNode } from './tree.ts';

/** Attributes that say how much there was to do. */
const isAmount =
  /(^|[._-])(rows?|count|size|length|bytes|items?|records?|messages?|lines?|pages?|n|num\w*|total|batch\w*|chunk\w*|entries)([._-]?(count|size|length))?$/i;
/** So many siblings are looked at. */
const mostSiblings = 200;

/** Whether the span has many times as much to do as its siblings, so that it may well take longer. */
export function isDifferentSize(node: SpanNode): boolean {
  const { parent } = node;
  if (parent === undefined) return false;
  const amounts = (node.span.tags ?? []).filter(({ key, value }) => isAmount.test(key) && Number(value) > 0);
  if (amounts.length === 0) return false;
  const name = withoutNumbers(node.name);
  const alike = parent.children
    .slice(0, mostSiblings)
    .filter(each => each !== node && each.service === node.service && withoutNumbers(each.name) === name);
  if (alike.length === 0) return false;
  return amounts.some(({ key, value }) => {
    const others = alike
      .map(each => Number(attributeText(each.span.tags, key)))
      .filter(amount => amount >= 0);
    return others.length > 0 && Number(value) >= thresholds.stall.moreItems * Math.max(1, medianOf(others));
  });
}
