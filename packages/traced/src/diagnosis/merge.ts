import { withoutNumbers } from '../semantics/index.ts';
import type { Observation } from './findings.ts';
import { placeIn } from './path-numbers.ts';
import { allOf } from './replay.ts';
import { groupBy, lengthOf } from './sequence.ts';
import type { TraceTree } from './tree.ts';

/** No person reads more of one kind; each of them is replayed, so they must be few. */
const most = 100;

/** One flaw that shows at one place of the tree again and again is one finding: the longest tells of all of them. */
export function merged(observations: readonly Observation[], tree: TraceTree): Observation[] {
  if (observations.length < 2) return [...observations];
  const alike = groupBy(observations, ({ kind, spans: [first], evidence }) => {
    const failure = withoutNumbers(String(evidence['failure']));
    return JSON.stringify([kind, first && placeIn(tree, first), evidence['for'], failure]);
  });
  const found = [...alike.values()].map(mergedInto);
  if (found.length <= most) return found;
  return found.sort((a, b) => timeOf(b) - timeOf(a)).slice(0, most);
}

function mergedInto(alike: readonly Observation[]): Observation {
  const byTime = alike.length === 1 ? [...alike] : [...alike].sort((a, b) => timeOf(b) - timeOf(a));
  const [longest, ...others] = byTime as [Observation, ...Observation[]];
  if (others.length === 0) return longest;
  const changes = byTime.flatMap(({ change }) => change ?? []);
  return {
    ...longest,
    spans: [...new Set(byTime.flatMap(({ spans }) => spans))],
    title: `${longest.title}, in ${byTime.length} places`,
    sentence: `${longest.sentence} It is so in ${byTime.length} places of this request; this is the longest.`,
    evidence: { ...longest.evidence, places: byTime.length },
    change: changes.length === 0 ? undefined : allOf(changes),
  };
}

const timeOf = ({ spans }: Observation): number => spans.reduce((sum, node) => sum + lengthOf(node), 0);
