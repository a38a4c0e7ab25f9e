/** What the figures must reach, and the goals beyond. */
import type { Figure, FigureName, Table } from './figures.ts';
import { median, pairedRatio, type Ratio } from './statistics.ts';
import { base, type VariantName } from './variants.ts';

export interface Target {
  title: string;
  figure: FigureName;
  /** Whose value, of the figure's rounds. */
  of: string;
  /** A ratio, or a value in the figure's own unit. */
  as: 'ratio' | 'value';
  /** What the ratio is to: B unless told. */
  to?: VariantName;
  better: 'less' | 'more';
  must: number;
  goal: number;
}

const less = { of: 'otlp', as: 'ratio', better: 'less' } as const;
const more = { of: 'otlp', as: 'ratio', better: 'more' } as const;
const value = { as: 'value', better: 'less' } as const;

export const targets: readonly Target[] = [
  { title: 'cold start of a folder, to B', figure: 'cold-start', ...less, of: 'packed', must: 1, goal: 0.7 },
  { title: 'cold start of a bundle, to B', figure: 'cold-start', ...less, must: 0.47, goal: 0.4 },
  { title: 'to the first JSON POST, to B', figure: 'cold-start-post', ...less, must: 0.5, goal: 0.43 },
  { title: 'to the first CloudEvent, to B', figure: 'cold-start-event', ...less, must: 0.55, goal: 0.45 },
  { title: 'with a quarter of a core, to B', figure: 'cold-start-quarter', ...less, must: 0.5, goal: 0.38 },
  { title: 'requests/s, GET, to B', figure: 'throughput', ...more, must: 1, goal: 1.6 },
  { title: 'requests/s, POST of 1 kB JSON, to B', figure: 'throughput-post', ...more, must: 1, goal: 1.6 },
  { title: 'p99 at 800 requests/s, to B', figure: 'p99', ...less, must: 0.8, goal: 0.4 },
  { title: 'p99 of the first 200 requests, to B', figure: 'first-requests', ...less, must: 1, goal: 0.6 },
  { title: 'memory of its own after 60 s, MB', figure: 'memory', of: 'otlp', ...value, must: 55, goal: 50 },
  {
    title: 'tracing: cold start to untraced',
    figure: 'cold-start',
    ...less,
    to: 'untraced',
    must: 1.4,
    goal: 1.25,
  },
  {
    title: 'tracing: requests/s to untraced',
    figure: 'throughput',
    ...more,
    to: 'untraced',
    must: 0.5,
    goal: 0.65,
  },
  { title: 'image, unpacked, MB', figure: 'image', of: 'unpacked', ...value, must: 140, goal: 120 },
  { title: 'image, compressed, MB', figure: 'image', of: 'compressed', ...value, must: 50, goal: 44 },
  {
    title: 'gateway’s own share, p50, ms',
    figure: 'gateway-share',
    of: 'share',
    ...value,
    must: 1,
    goal: 0.5,
  },
  {
    title: 'npm start, to ready, ms',
    figure: 'npm-start',
    of: 'npm start',
    ...value,
    must: 5_000,
    goal: 2_000,
  },
];

export type Verdict = 'goal' | 'reached' | 'missed';

export interface Outcome extends Target {
  measured: number;
  verdict: Verdict;
}

export const ratioOf = ({ rounds }: Table, of: string, to: string = base): Ratio | undefined =>
  of === to ? undefined : pairedRatio(rounds[of] ?? [], rounds[to] ?? []);

export function verdict(
  { better, must, goal }: Pick<Target, 'better' | 'must' | 'goal'>,
  measured: number,
): Verdict {
  const reaches = (limit: number) => (better === 'less' ? measured <= limit : measured >= limit);
  if (reaches(goal)) return 'goal';
  return reaches(must) ? 'reached' : 'missed';
}

/** The targets of what was measured. */
export function outcomes(figures: Partial<Record<FigureName, Figure>>): Outcome[] {
  return targets.flatMap(target => {
    const figure = figures[target.figure];
    if (figure === undefined || 'skipped' in figure) return [];
    const measured =
      target.as === 'ratio'
        ? ratioOf(figure, target.of, target.to)?.median
        : median(figure.rounds[target.of] ?? []);
    return measured === undefined ? [] : [{ ...target, measured, verdict: verdict(target, measured) }];
  });
}
