import { attributeText, withoutNumbers } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import type { JaegerTag } from '../jaeger.ts';
import { isFirstOfProcess } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import { selfTime } from '../time-use.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** µs of a span's own time; below this it may be the machine that was busy. */
const least = 100_000;
/** µs more than in other requests, in which the machine may have been less busy. */
const leastOverUsual = 200_000;
const timesTheUsual = 10;
const leastAlike = 5;

/** Own work that takes far longer than the same work does elsewhere: a sleep, a lock, a pause. */
export const stalls: Rule = ({ tree, held, usual, claimed }) => {
  const slow = tree.nodes.filter(
    node =>
      node.kind !== 'client' &&
      node.kind !== 'producer' &&
      (held.get(node) ?? 0) >= least &&
      !node.ofPlatform &&
      !claimed.has(node),
  );
  const siblings = new Siblings();
  return slow.flatMap(node => {
    const self = selfTime(node);
    const { others, median } = siblings.without(node);
    if (others >= leastAlike - 1 && self >= timesTheUsual * median) {
      return [
        observation(
          node,
          siblings.markOf(node),
          median,
          `the ${others} others like it under ${parentName(node)} take`,
        ),
      ];
    }
    // A process's first request does what later ones need not: compile, load, connect.
    const before = isInFirstRequest(node) ? undefined : usual?.selfMedianAt(node);
    if (before === undefined || self < timesTheUsual * before || self - before < leastOverUsual) return [];
    return [observation(node, siblings.markOf(node), before, `in the other traces it takes`)];
  });
};

function isInFirstRequest(node: SpanNode): boolean {
  let at: SpanNode | undefined = node;
  while (at !== undefined && at.kind !== 'server') at = at.parent;
  return at !== undefined && isFirstOfProcess(at);
}

const parentName = ({ parent }: SpanNode): string => (parent === undefined ? 'the root' : nameOf(parent));

/** The own times of siblings of one kind, sorted once for all of them: there may be thousands that are slow. */
class Siblings {
  readonly #times = new Map<SpanNode, Map<string, number[]>>();
  readonly #marks = new Map<SpanNode, Map<string, string | undefined>>();

  /** How many others of its kind a span has beside it, and the median of their own times. */
  without(node: SpanNode): { others: number; median: number } {
    const times = (node.parent && this.#of(node.parent).get(kindOf(node))) ?? [];
    const others = Math.max(0, times.length - 1);
    const middle = (others - 1) >> 1;
    // Those that are no shorter than it stand one further back while it is among them.
    const at = selfTime(node) <= (times[middle] ?? 0) ? middle + 1 : middle;
    return { others, median: times[at] ?? 0 };
  }

  /** The tag that tells the span from its siblings, such as ` (alpha.piece 100)`. */
  markOf({ span, parent, service, name }: SpanNode): string {
    if (parent === undefined) return '';
    const kind = JSON.stringify([service, name]);
    const marks = this.#marks.get(parent) ?? new Map<string, string | undefined>();
    this.#marks.set(parent, marks);
    if (!marks.has(kind)) {
      const alike = parent.children.filter(each => each.service === service && each.name === name);
      marks.set(kind, (span.tags ?? []).find(tag => isMark(tag, alike))?.key);
    }
    const key = marks.get(kind);
    return key === undefined ? '' : ` (${key} ${attributeText(span.tags, key)})`;
  }

  #of(parent: SpanNode): Map<string, number[]> {
    let times = this.#times.get(parent);
    if (times === undefined) {
      const kinds = [...groupBy(parent.children, kindOf)];
      times = new Map(kinds.map(([kind, nodes]) => [kind, nodes.map(selfTime).sort((a, b) => a - b)]));
      this.#times.set(parent, times);
    }
    return times;
  }
}

const isMark = ({ key, type }: JaegerTag, alike: readonly SpanNode[]): boolean =>
  alike.length > 1 &&
  (type === 'int64' || type === 'string') &&
  new Set(alike.map(each => attributeText(each.span.tags, key))).size === alike.length;

const kindOf = ({ service, name }: SpanNode): string => JSON.stringify([service, withoutNumbers(name)]);

function observation(node: SpanNode, which: string, usually: number, comparison: string): Observation {
  const self = selfTime(node);
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
