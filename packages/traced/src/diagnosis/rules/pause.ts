import { memoizedTest } from '../../semantics/index.ts';
import { nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { lengthOf } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

const isCollection = memoizedTest(/\b(gc|garbage.?collect(ion|or)?|stop.the.world|safepoint|full.gc)\b/i);

/** A process that stood still to collect garbage, as a span of its own or an event says. */
export const pauses: Rule = ({ tree, pathTime, claimed }) =>
  tree.nodes.flatMap(node => {
    const time = pathTime.get(node) ?? 0;
    if (time < thresholds.pause.time || claimed.has(node) || node.ofPlatform) return [];
    const length = isCollection(node.name) ? lengthOf(node) : pauseIn(node);
    if (length < thresholds.pause.time) return [];
    const pause = Math.min(length, time);
    return [
      {
        kind: 'pause',
        certainty: 'likely',
        because: 'the span or its event names the garbage collector',
        spans: [node],
        title: `${nameOf(node)} stands still for ${formatDuration(pause)}`,
        sentence: `${nameOf(node)} stands still for ${formatDuration(pause)} while its process collects garbage.`,
        advice: 'Look at the heap: what is allocated for such requests, and whether the limit leaves room.',
        evidence: { pauseUs: pause },
        change: { durations: new Map([[node, lengthOf(node) - pause]]) },
        atMost: true,
      },
    ];
  });

/** Events may say how long they took, in ms, µs or ns by the name of the field. */
function pauseIn({ span }: SpanNode): number {
  for (const { fields } of span.logs ?? []) {
    if (!fields.some(({ value }) => typeof value === 'string' && value.length < 100 && isCollection(value)))
      continue;
    for (const { key, value } of fields) {
      const number = Number(value);
      if (!/duration|pause|elapsed|took|time/i.test(key) || !(number > 0)) continue;
      if (/ns$|nano/i.test(key)) return number / 1e3;
      if (/us$|micro/i.test(key)) return number;
      return /(^|[._])(s|sec|seconds)$/i.test(key) ? number * 1e6 : number * 1e3;
    }
  }
  return 0;
}
