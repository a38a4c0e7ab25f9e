import type { Baseline } from '../baseline.ts';
import type { PathSection } from '../critical-path.ts';
import type { FindingKind, Observation } from '../findings.ts';
import type { Scope } from '../scopes.ts';
import type { SpanNode, TraceTree } from '../tree.ts';

/** What a rule looks at. */
export interface Context {
  tree: TraceTree;
  /** Of the request. */
  root: SpanNode;
  /** The critical paths of all entries, the request's first. */
  path: readonly PathSection[];
  /** µs of its entry's critical path that each span takes by itself. */
  pathTime: ReadonlyMap<SpanNode, number>;
  /** The calls of each service's part of a request. */
  scopes: readonly Scope[];
  baseline: Baseline | undefined;
  /** Spans that another finding already stands on, and its kind. */
  claimed: ReadonlyMap<SpanNode, FindingKind>;
  /** Own time of spans that another finding already explains. */
  explained: readonly PathSection[];
  /** The entry of a span: the request, or what else nobody in the trace waits for. */
  entryOf(node: SpanNode): SpanNode;
  /** µs that the entry of a span took. */
  durationOf(node: SpanNode): number;
}

export type Rule = (context: Context) => Observation[];

/** µs of a section of a span's own time that other findings explain, such as a wait before the next attempt. */
export function explainedWithin(section: PathSection, explained: readonly PathSection[]): number {
  const within = explained.filter(({ node }) => node === section.node);
  return within.reduce(
    (sum, { start, end }) => sum + Math.max(0, Math.min(end, section.end) - Math.max(start, section.start)),
    0,
  );
}
