/** A page that fails while /beta and /redis are asked at a steady rate: what they answer, and what is held afterwards. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Chain } from '../chain.ts';
import { type Answer, ask, type Broken, isAnswer, SteadyAsking } from '../load.ts';
import { Problems, wrongProblem } from '../problem.ts';
import { exceptions, keyOf, type Shape } from '../traces.ts';
import { type Footprint, footprintOf, grown, kept } from './footprint.ts';
import type { Page } from './page.ts';

export interface Waves {
  /** Requests a second, of each path. */
  rate: number;
  /** The first has them take what they need; the second must not need more. */
  firstMs: number;
  secondMs: number;
}

export const paths = ['/beta', '/redis'] as const;
type Path = (typeof paths)[number];

export interface Run {
  results: Record<Path, (Answer | Broken)[]>;
  /** What was not let go of, or too late. */
  problems: string[];
  seen: string;
}

async function wave(url: string, rate: number, forMs: number, run: Run): Promise<void> {
  const loads = paths.map(path => [path, new SteadyAsking(url + path, rate)] as const);
  await pause(forMs);
  const stopped = await Promise.all(loads.map(async ([path, load]) => [path, await load.stop()] as const));
  for (const [path, results] of stopped) run.results[path].push(...results);
}

/** Each of the two keeps one for its next GET. */
const mostConnections = 2;
const releasedWithinMs = 2_000;

async function releaseOf(page: Page): Promise<string[]> {
  const began = performance.now();
  while (page.connections > mostConnections) {
    if (performance.now() > began + releasedWithinMs)
      return [`${page.connections} connections to the page are still open`];
    await pause(10);
  }
  return [];
}

export async function runUnderLoad({ url, servers }: Chain, page: Page, waves: Waves): Promise<Run> {
  const run: Run = { results: { '/beta': [], '/redis': [] }, problems: [], seen: '' };
  const prints = () =>
    paths.map(path => [path, footprintOf(servers[path.slice(1)] as (typeof servers)[string])] as const);
  await wave(url, waves.rate, waves.firstMs, run);
  const before = new Map<string, Footprint>(prints());
  await wave(url, waves.rate, waves.secondMs, run);
  run.problems.push(...(await releaseOf(page)));
  const growth: string[] = [];
  for (const [path, after] of prints()) {
    const earlier = before.get(path) ?? after;
    run.problems.push(...kept(path, earlier, after));
    growth.push(`${path} ${grown(earlier, after)}`);
  }
  run.seen = growth.join(', ');
  return run;
}

/**
 * Asks until there is a 200.
 * @returns how long that took, in ms; undefined where it took too long
 */
export async function untilFine(url: string, withinMs: number): Promise<number | undefined> {
  const began = performance.now();
  while (performance.now() < began + withinMs) {
    const result = await ask(url);
    if (isAnswer(result) && result.status === 200) return performance.now() - began;
    await pause(20);
  }
  return undefined;
}

export interface Wanted {
  statuses: readonly number[];
  withinMs: number;
}

/** @returns the answers that the contract allows, and what is wrong with the others */
export function judge(
  results: readonly (Answer | Broken)[],
  { statuses, withinMs }: Wanted,
): { answered: Answer[]; problems: string[] } {
  const answered: Answer[] = [];
  const problems = new Problems();
  const wrong = (answer: Answer): string | undefined => {
    if (!statuses.includes(answer.status)) return `${answer.status} in the place of ${statuses.join(' or ')}`;
    if (answer.ms > withinMs) return `an answer after more than ${withinMs} ms`;
    return wrongProblem(answer);
  };
  for (const result of results) {
    const problem = isAnswer(result) ? wrong(result) : `broken: ${result.broken}`;
    if (problem === undefined) answered.push(result as Answer);
    else problems.add(problem);
  }
  return { answered, problems: problems.list() };
}

/**
 * Whose GET of the page serves others too, only the first of them has its span. Whoever of the two noticed it says why:
 * where time is up, that may be the gateway.
 */
export function shapeOf(path: Path): Shape {
  const servers = [`gateway-fn GET ${path}`, `${path.slice(1)}-fn GET ${path}`];
  const way = ['gateway-fn GET', ...servers];
  return {
    least: Object.fromEntries(way.map(key => [key, 1])),
    failed: way,
    because: span => servers.includes(keyOf(span)) && exceptions(span).length > 0,
  };
}
