/** What a finding is, and the kinds that there are. */
import type { Change } from './replay.ts';
import type { SpanNode } from './tree.ts';

export const findingKinds = [
  'stall',
  'one-by-one',
  'serial-calls',
  'no-reuse',
  'cold-start',
  'unreachable',
  'retries',
  'error',
  'queueing',
  'slow-dependency',
  'gap',
  'broken-trace',
] as const;

export type FindingKind = (typeof findingKinds)[number];

/** Numbers and names that a finding stands on; a key that ends in `Us` is in µs. */
export type Evidence = Readonly<Record<string, number | string | boolean>>;

/** What a rule says of a trace; `diagnose` adds what it cost and would save. */
export interface Observation {
  kind: FindingKind;
  /** The spans it stands on, the one to look at first. Never empty. */
  spans: readonly SpanNode[];
  /** A few words for a heading, such as `50 set commands one by one`. */
  title: string;
  /** What happened, with its numbers, for a person who has not seen the trace. */
  sentence: string;
  /** What to do about it, as an order. */
  advice: string;
  evidence: Evidence;
  /** What would be otherwise if it were mended; undefined where nothing can be said of the time. */
  change: Change | undefined;
  /** The saving is an upper bound: a dependency that takes no time at all, a gap that vanishes. */
  atMost?: boolean;
}

export interface Finding extends Observation {
  /** Of the first span. */
  service: string;
  operation: string;
  /** µs of the critical path that its spans, and what is below them, held. */
  cost: number;
  /** µs that the request would take if this alone were mended; undefined where `change` is. */
  whatIf: number | undefined;
  /** µs: what the request took less `whatIf`. */
  saving: number | undefined;
}
