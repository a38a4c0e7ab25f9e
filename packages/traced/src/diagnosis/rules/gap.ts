import { answeredBy, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { lengthOf } from '../sequence.ts';
import type { Rule, Sight } from './index.ts';

/** µs in one piece, and the part of the request, from which on it is worth instrumenting. */
const least = 100_000;
const leastShare = 0.1;
/** A span without children is its own explanation, a server's less so, until it is most of a long request. */
const leastAlone = { internal: 500_000, server: 200_000 };
const leastShareAlone = 0.5;

/** Time that no span explains: nothing below the span that held the clock was running. */
export const gaps: Rule = ({ path, root, claimed, idle }: Sight) =>
  path
    .filter(section => {
      // That calls are made one after the other says nothing of what is in one of them.
      const other = claimed.get(section.node);
      if (other !== undefined && other !== 'serial-calls') return false;
      return isGap(section, lengthOf(root)) && lengthOf(section) - timeWithin(section, idle) >= least;
    })
    .map(observation);

/** µs of a section that other findings would take away, such as a wait before the next attempt. */
function timeWithin(section: PathSection, idle: readonly PathSection[]): number {
  const within = idle.filter(({ node }) => node === section.node);
  return within.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, section.end) - Math.max(start, section.start)),
    0,
  );
}

function isGap(section: PathSection, duration: number): boolean {
  const { node } = section;
  const time = lengthOf(section);
  // Asked first, since of long sections there are few, and what a span's children are takes looking at them all.
  if (time < least || time < leastShare * duration) return false;
  if (node.ofPlatform || (node.kind === 'client' && answeredBy(node) === undefined)) return false;
  if (node.kind === 'client' || node.children.length > 0) return true;
  const leastTime = leastAlone[node.kind === 'internal' ? 'internal' : 'server'];
  return time >= leastTime && time >= leastShareAlone * duration;
}

function observation(section: PathSection): Observation {
  const { node } = section;
  const time = formatDuration(lengthOf(section));
  const answer = node.kind === 'client' ? answeredBy(node) : undefined;
  const cold = node.semantics.isFirstOfProcess ? ' It is the first request of its process.' : '';
  return {
    kind: 'gap',
    spans: [node],
    title: `${time} in ${nameOf(node)} that no span explains`,
    sentence:
      answer === undefined
        ? `${nameOf(node)} held the clock for ${time}, ${where(section)}, and no span says with what.${cold}`
        : `${time} lie between ${nameOf(node)} and ${nameOf(answer)}, ${where(section)}: the network, or ${answer.service} was busy.`,
    advice:
      answer === undefined
        ? 'Put a span around what runs there.'
        : `Look whether ${answer.service} was busy or starting, and at the network between them.`,
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
