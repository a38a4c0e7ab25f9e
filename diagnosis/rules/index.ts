/** The rules by which flaws are recognised, in the order in which they may claim spans: the most specific first. */
import type { PathSection } from '../critical-path.ts';
import type { Observation } from '../findings.ts';
import type { SpanNode, TraceTree } from '../tree.ts';
import type { Usual } from '../usual.ts';

/** What a rule looks at. */
export interface Sight {
  tree: TraceTree;
  root: SpanNode;
  path: readonly PathSection[];
  /** µs of the critical path that each span holds by itself. */
  held: ReadonlyMap<SpanNode, number>;
  usual: Usual | undefined;
  /** Spans that another finding already stands on. */
  claimed: ReadonlySet<SpanNode>;
}

export type Rule = (sight: Sight) => Observation[];

export const rules: readonly Rule[] = [];
