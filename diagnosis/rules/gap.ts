import { answeredBy, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import type { Observation } from '../findings.ts';
import { isPlatform } from '../platform.ts';
import { lengthOf } from '../sequence.ts';
import { tagText } from '../tags.ts';
import type { Rule, Sight } from './index.ts';

/** µs in one piece, and the part of the request, from which on it is worth instrumenting. */
const least = 100_000;
const leastShare = 0.1;
/** A span without children is its own explanation, until it is most of a long request. */
const leastAlone = 500_000;
const leastShareAlone = 0.5;

/** Time that no span explains: nothing below the span that held the clock was running. */
export const gaps: Rule = ({ path, root, claimed }: Sight) =>
  path.filter(section => isGap(section, lengthOf(root)) && !claimed.has(section.node)).map(observation);

function isGap(section: PathSection, duration: number): boolean {
  const { node } = section;
  const time = lengthOf(section);
  // Asked first, since of long sections there are few, and what a span's children are takes looking at them all.
  if (time < least || time < leastShare * duration) return false;
  if (isPlatform(node) || (node.kind === 'client' && answeredBy(node) === undefined)) return false;
  const isAlone = node.kind === 'internal' && node.children.length === 0;
  return !isAlone || (time >= leastAlone && time >= leastShareAlone * duration);
}

function observation(section: PathSection): Observation {
  const { node } = section;
  const time = formatDuration(lengthOf(section));
  const answer = node.kind === 'client' ? answeredBy(node) : undefined;
  const cold =
    tagText(node.span, 'faas.coldstart') === 'true' ? ' It is the first request of its process.' : '';
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
