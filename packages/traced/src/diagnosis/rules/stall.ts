import { attributeText, withoutNumbers } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import type { JaegerTag } from '../jaeger.ts';
import { isDifferentSize } from '../pieces.ts';
import { isFirstOfProcess } from '../platform.ts';
import { groupBy } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import { selfTime } from '../time-use.ts';
import type { SpanNode } from '../tree.ts';
import { type Context, explainedWithin, type Rule } from './context.ts';

const limits = thresholds.stall;

/**
 * Self time that is far longer than the same work takes elsewhere: a sleep, a lock, a pause. Beside other traces, also
 * a service that is slower than it was.
 */
export const stalls: Rule = context => {
  const { tree, pathTime, claimed } = context;
  const slow = tree.nodes.filter(
    node =>
      node.kind !== 'client' &&
      node.kind !== 'producer' &&
      (pathTime.get(node) ?? 0) >= limits.time &&
      !node.ofPlatform &&
      !claimed.has(node),
  );
  const siblings = new Siblings();
  return slow.flatMap(node => besideSiblings(node, siblings) ?? besideTraces(node, siblings, context) ?? []);
};

function besideSiblings(node: SpanNode, siblings: Siblings): Observation | undefined {
  const self = selfTime(node);
  const { others, median } = siblings.without(node);
  if (others < limits.siblings - 1 || self < limits.times * median || isDifferentSize(node)) return undefined;
  const comparison = `the ${others} others like it under ${parentName(node)} take`;
  return {
    ...observation(node, siblings.markOf(node), self, median, comparison),
    certainty: 'measured',
    because: 'its siblings do the same work in far less time',
  };
}

function besideTraces(
  node: SpanNode,
  siblings: Siblings,
  { baseline, explained }: Context,
): Observation | undefined {
  // A process's first request does what later ones need not: compile, load, connect.
  const before = isInFirstRequest(node) ? undefined : baseline?.selfMedianAt(node);
  if (baseline === undefined || before === undefined) return undefined;
  // What another finding explains, such as the wait before the next attempt, is counted there.
  const self = selfTime(node) - explainedWithin({ node, start: node.start, end: node.end }, explained);
  const because = `beside ${baseline.traces} traces`;
  if (self >= limits.times * before && self - before >= limits.overBaseline) {
    const found = observation(node, siblings.markOf(node), self, before, 'in the other traces it takes');
    return { ...found, certainty: 'likely', because };
  }
  const { timesBaseline, overBaseline } = thresholds.slowService;
  if (self < timesBaseline * before || self - before < overBaseline) return undefined;
  return {
    ...observation(node, '', self, before, 'in the other traces it takes'),
    kind: 'slow-service',
    certainty: 'likely',
    because,
    title: `${nameOf(node)} takes ${formatDuration(self - before)} longer than in other traces`,
    sentence: `${nameOf(node)} takes ${formatDuration(self)} by itself; in the other traces it takes ${formatDuration(before)}.`,
    advice:
      'Look at what is different about this request: its input, the load of its host, what it waits for.',
  };
}

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

function observation(
  node: SpanNode,
  which: string,
  self: number,
  otherwise: number,
  comparison: string,
): Omit<Observation, 'certainty' | 'because'> {
  return {
    kind: 'stall',
    spans: [node],
    title: `${nameOf(node)}${which} stands still for ${formatDuration(self - otherwise)}`,
    sentence: `${nameOf(node)}${which} takes ${formatDuration(self)} by itself; ${comparison} ${formatDuration(otherwise)}. The same work needs no more, so the rest was waiting.`,
    advice: 'Look in this span for a sleep, a lock, a blocking call or a special case.',
    evidence: {
      selfUs: self,
      usualUs: otherwise,
      times: otherwise === 0 ? self : Math.round(self / otherwise),
    },
    change: { durations: new Map([[node, node.end - node.start - self + otherwise]]) },
  };
}
