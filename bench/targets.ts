/** What the figures must reach, and the goals beyond. */
import type { Figure, FigureName, Table } from './figures.ts';
import { median, pairedRatio, type Ratio } from './statistics.ts';
import { base } from './variants.ts';

export interface Target {
  title: string;
  figure: FigureName;
  /** Whose value, of the figure's rounds. */
  of: string;
  /** A ratio to B, or a value in the figure's own unit. */
  as: 'ratio' | 'value';
  better: 'less' | 'more';
  must: number;
  goal: number;
}

const coldStart = { of: 'jaeger', as: 'ratio', better: 'less' } as const;
const rate = { figure: 'throughput', as: 'ratio', better: 'more' } as const;
const value = { as: 'value', better: 'less' } as const;

export const targets: readonly Target[] = [
  { title: 'cold start, traced, to B', figure: 'cold-start', ...coldStart, must: 0.8, goal: 0.6 },
  {
    title: 'with a quarter of a core, to B',
    figure: 'cold-start-quarter',
    ...coldStart,
    must: 0.75,
    goal: 0.55,
  },
  { title: 'requests/s, traced, Jaeger, to B', of: 'jaeger', ...rate, must: 0.75, goal: 0.9 },
  { title: 'requests/s, traced, OTLP, to B', of: 'otlp', ...rate, must: 0.9, goal: 1 },
  {
    title: 'p99 at 800 requests/s, traced, to B',
    figure: 'p99',
    of: 'jaeger',
    as: 'ratio',
    better: 'less',
    must: 1.2,
    goal: 1,
  },
  { title: 'memory of its own after 60 s, MB', figure: 'memory', of: 'jaeger', ...value, must: 65, goal: 55 },
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

export const ratioOf = ({ rounds }: Table, of: string): Ratio | undefined =>
  of === base ? undefined : pairedRatio(rounds[of] ?? [], rounds[base] ?? []);

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
      target.as === 'ratio' ? ratioOf(figure, target.of)?.median : median(figure.rounds[target.of] ?? []);
    return measured === undefined ? [] : [{ ...target, measured, verdict: verdict(target, measured) }];
  });
}
