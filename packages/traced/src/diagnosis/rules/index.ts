/** The rules by which flaws are recognised, in the order in which they may claim spans: the most specific first. */
import type { PathSection } from '../critical-path.ts';
import type { FindingKind, Observation } from '../findings.ts';
import type { SpanNode, TraceTree } from '../tree.ts';
import type { Usual } from '../usual.ts';
import { brokenTraces } from './broken-trace.ts';
import { coldStarts } from './cold-start.ts';
import { errors } from './error.ts';
import { gaps } from './gap.ts';
import { noReuse } from './no-reuse.ts';
import { oneByOne } from './one-by-one.ts';
import { queueing } from './queueing.ts';
import { retries } from './retries.ts';
import { serialCalls } from './serial-calls.ts';
import { slowDependencies } from './slow-dependency.ts';
import { stalls } from './stall.ts';
import { underWay } from './under-way.ts';
import { unreachable } from './unreachable.ts';

/** What a rule looks at. */
export interface Sight {
  tree: TraceTree;
  root: SpanNode;
  path: readonly PathSection[];
  /** µs of the critical path that each span holds by itself. */
  held: ReadonlyMap<SpanNode, number>;
  usual: Usual | undefined;
  /** Spans that another finding already stands on, and its kind. */
  claimed: ReadonlyMap<SpanNode, FindingKind>;
  /** Own time of spans that another finding would already take away. */
  idle: readonly PathSection[];
}

export type Rule = (sight: Sight) => Observation[];

export const rules: readonly Rule[] = [
  unreachable,
  retries,
  coldStarts,
  oneByOne,
  noReuse,
  serialCalls,
  stalls,
  queueing,
  underWay,
  slowDependencies,
  gaps,
  errors,
  brokenTraces,
];
