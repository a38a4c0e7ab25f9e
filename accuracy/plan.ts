/** How many requests are sent. */
import { expectations, type Route } from './expected.ts';
import type { Options, SetName } from './options.ts';

export interface Sampling {
  route: Route;
  count: number;
}

/** What is asked of a set. One that stalls takes ten seconds for each of these. */
export function samplings(set: SetName, { quick }: Options): Sampling[] {
  if (set === 'none') return everyRoute(quick ? 20 : 200);
  if (set === 'all') {
    return quick
      ? [{ route: 'all', count: 1 }]
      : [
          { route: 'alpha', count: 3 },
          { route: 'beta', count: 10 },
          { route: 'redis', count: 10 },
          { route: 'all', count: 6 },
        ];
  }
  const { route } = expectations[set];
  const slow = set === 'alpha-stall';
  const own = { route, count: quick ? (slow ? 1 : 10) : slow ? 6 : 40 };
  const together: Sampling = { route: 'all', count: quick ? (slow ? 1 : 3) : 10 };
  return route === 'all' ? [own] : [own, together];
}

const everyRoute = (count: number): Sampling[] =>
  (['root', 'alpha', 'beta', 'redis', 'all'] as const).map(route => ({ route, count }));

/** Requests to each route, so many that code is compiled, pages are cached and connections are there. */
export const warmUps = ({ quick }: Options): number => (quick ? 6 : 12);
