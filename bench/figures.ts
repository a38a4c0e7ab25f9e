/** The figures that are measured, and what the measurements have in common. */
import type { Collector } from './collector.ts';
import type { Cores } from './cores.ts';
import type { FullLoad } from './full-load.ts';
import type { Rounds } from './rounds.ts';
import type { Places, Variant, VariantName } from './variants.ts';

export const figureNames = [
  'cold-start',
  'cold-start-post',
  'cold-start-event',
  'cold-start-quarter',
  'throughput',
  'throughput-post',
  'p99',
  'first-requests',
  'memory',
  'gateway-share',
  'npm-start',
  'image',
] as const;
export type FigureName = (typeof figureNames)[number];

/** What is being measured with. */
export interface Bench {
  quick: boolean;
  cores: Cores;
  collector: Collector;
  places: Places;
  variants: Record<VariantName, Variant>;
  fullLoad: FullLoad;
}

/** Counts requests that failed, by what was asked. */
export class Failures {
  readonly counts: Record<string, number> = {};

  add(of: string, count: number): void {
    if (count > 0) this.counts[of] = (this.counts[of] ?? 0) + count;
  }

  lines(): string[] {
    return Object.entries(this.counts).map(([of, count]) => `${of}: ${count} requests failed`);
  }
}

export type Unit = 'ms' | '1/s' | 'MB';

/** What was measured of one kind. */
export interface Table {
  title: string;
  unit: Unit;
  /** By what it is of: a variant, or a part of ours. */
  rounds: Partial<Rounds<string>>;
  /** How it was measured, and what to know of it. */
  notes: string[];
  /** Requests that were not answered as they should: the figure is worth little then. */
  failures?: Failures;
}

/** A measurement that could not be made here. */
export interface Skipped {
  title: string;
  skipped: string;
}

export type Figure = Table | Skipped;

/** Bytes in 1,000,000, as images and disks are sold. */
export const megabytes = (bytes: number): number => bytes / 1e6;
