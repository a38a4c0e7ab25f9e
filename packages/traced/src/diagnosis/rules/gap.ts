import { nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { isDifferentSize } from '../pieces.ts';
import { lengthOf } from '../sequence.ts';
import { thresholds } from '../thresholds.ts';
import { type Context, explainedWithin, type Rule } from './context.ts';

const limits = thresholds.gap;

/** Time that no span explains: on the critical path, and nothing below the span was running. */
export const gaps: Rule = ({ path, durationOf, claimed, explained }: Context) =>
  path
    .filter(section => {
      // That calls are made sequentially says nothing of what is in one of them.
      const other = claimed.get(section.node);
      if (other !== undefined && other !== 'serial-calls') return false;
      return (
        isGap(section, durationOf(section.node)) &&
        lengthOf(section) - explainedWithin(section, explained) >= limits.time
      );
    })
    .map(observation);

function isGap(section: PathSection, duration: number): boolean {
  const { node } = section;
  const time = lengthOf(section);
  // Asked first, since of long sections there are few, and what a span's children are takes looking at them all.
  if (time < limits.time || time < limits.share * duration) return false;
  // A call's own time is its other side's, or the network's.
  if (node.ofPlatform || node.kind === 'client' || node.kind === 'producer') return false;
  if (node.children.length > 0) return true;
  const least = limits.alone[node.kind === 'internal' ? 'internal' : 'server'];
  return time >= least && time >= limits.alone.share * duration && !isDifferentSize(node);
}

function observation(section: PathSection): Observation {
  const { node } = section;
  const time = formatDuration(lengthOf(section));
  const cold = node.semantics.isFirstOfProcess ? ' It is the first request of its process.' : '';
  return {
    kind: 'gap',
    certainty: 'measured',
    because: 'no other span of the trace runs meanwhile on this path',
    spans: [node],
    title: `${time} in ${nameOf(node)} that no span explains`,
    sentence: `${nameOf(node)} took ${time} of the critical path, ${where(section)}, and no span says with what.${cold}`,
    advice: 'Put a span around what runs there.',
    evidence: { gapUs: lengthOf(section), fromUs: section.start, toUs: section.end },
    change: { idle: [section] },
    atMost: true,
  };
}

function where({ node, start, end }: PathSection): string {
  const before = node.children.findLast(child => child.end <= start + 1);
  const after = node.children.find(child => child.start >= end - 1);
  if (before !== undefined && after !== undefined) return `between ${before.name} and ${after.name}`;
  if (after !== undefined) return `before ${after.name}`;
  return before === undefined ? 'from its start to its end' : `after ${before.name}`;
}
