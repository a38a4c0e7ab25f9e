import { answeredBy, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { lengthOf } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import { explainedWithin, type Rule } from './context.ts';

/**
 * Time between a client and its server: the network, a proxy that has no spans, or a server that is too busy to begin.
 * Clocks that differ move the time from one end of the call to the other, but not the sum of both.
 */
export const networks: Rule = ({ path, claimed, explained, durationOf }) => {
  const bySpan = new Map<SpanNode, PathSection[]>();
  for (const section of path) {
    const { node } = section;
    if (node.kind !== 'client' || node.ofPlatform) continue;
    const claim = claimed.get(node);
    if (claim !== undefined && claim !== 'serial-calls') continue;
    if (answeredBy(node) === undefined) continue;
    bySpan.set(node, [...(bySpan.get(node) ?? []), section]);
  }
  return [...bySpan].flatMap(([node, sections]) => {
    const open = sections.filter(section => lengthOf(section) > explainedWithin(section, explained));
    const time = open.reduce((sum, each) => sum + lengthOf(each) - explainedWithin(each, explained), 0);
    const { gap } = thresholds;
    return time < gap.time || time < gap.share * durationOf(node) ? [] : [observation(node, open, time)];
  });
};

function observation(node: SpanNode, sections: readonly PathSection[], time: number): Observation {
  const server = answeredBy(node) as SpanNode;
  const before = sections
    .filter(({ end }) => end <= server.start + 1)
    .reduce((sum, each) => sum + lengthOf(each), 0);
  const moved = server.shift !== node.shift;
  const where = moved
    ? 'before and after it together, since the clocks of the two hosts differ'
    : `${formatDuration(before)} before ${server.name}, ${formatDuration(time - before)} after it`;
  return {
    kind: 'network',
    certainty: moved ? 'possible' : 'likely',
    because: moved
      ? 'the clocks of the two hosts differ, and were corrected'
      : 'no span says what happens between the two',
    spans: [node],
    title: `${formatDuration(time)} between ${nameOf(node)} and ${nameOf(server)}`,
    sentence: `${formatDuration(time)} lie between ${nameOf(node)} and ${nameOf(server)} (${where}): the network, or ${server.service} was busy.`,
    advice: `Look whether ${server.service} was busy or starting, and at the network between them.`,
    evidence: { gapUs: time, beforeUs: before },
    change: { idle: sections },
    atMost: true,
  };
}
