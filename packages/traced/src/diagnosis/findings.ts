/** What a finding is, and the kinds that there are. */
import type { PathSection } from './critical-path.ts';
import type { Change } from './replay.ts';
import type { SpanNode } from './tree.ts';

export const findingKinds = [
  'stall',
  'one-by-one',
  'repeated-call',
  'serial-calls',
  'polling',
  'no-reuse',
  'cold-start',
  'unreachable',
  'retries',
  'error',
  'queueing',
  'connection-wait',
  'lock-wait',
  'pause',
  'straggler',
  'slow-service',
  'slow-dependency',
  'network',
  'gap',
  'broken-trace',
] as const;

export type FindingKind = (typeof findingKinds)[number];

/**
 * How sure a finding is: the spans themselves show it (`measured`), it is the reading that fits best (`likely`), or
 * the trace cannot tell it from something harmless (`possible`).
 */
export const certainties = ['measured', 'likely', 'possible'] as const;

export type Certainty = (typeof certainties)[number];

/** Numbers and names that a finding stands on; a key that ends in `Us` is in µs. */
export type Evidence = Readonly<Record<string, number | string | boolean>>;

/** What a rule says of a trace; `diagnose` adds what it cost and would save. */
export interface Observation {
  kind: FindingKind;
  certainty: Certainty;
  /** Why it is no surer than that, or what makes it sure: half a sentence, such as `its spans show it`. */
  because: string;
  /** The spans it stands on, the one to look at first. Never empty. */
  spans: readonly SpanNode[];
  /** A few words for a heading, such as `50 set commands sequentially`. */
  title: string;
  /** What happened, with its numbers, for a person who has not seen the trace. */
  sentence: string;
  /** What to do about it, as an order. */
  advice: string;
  evidence: Evidence;
  /** What would be otherwise if it were fixed; undefined where nothing can be said of the time. */
  change: Change | undefined;
  /** The saving is an upper bound: a dependency that takes no time at all, a gap that vanishes. */
  atMost?: boolean;
  /** Whether its spans may stand in other findings as well: it says nothing of their time. */
  isOpen?: boolean;
  /** Own time of spans that this explains, though fixing it may not take it away. */
  explains?: readonly PathSection[];
}

export interface Finding extends Observation {
  /** Of the first span. */
  service: string;
  operation: string;
  /** The request, or what else the trace waits for, that the first span belongs to. */
  entry: SpanNode;
  /** µs of the entry's critical path that its spans, and what is below them, took. */
  cost: number;
  /** µs that the entry would take if this alone were fixed; undefined where `change` is. */
  whatIf: number | undefined;
  /** µs: what the entry took less `whatIf`. */
  saving: number | undefined;
}
