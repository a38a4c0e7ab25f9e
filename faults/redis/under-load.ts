/** A Redis that fails while /redis is asked at a steady rate: what each request gets, and how soon all is well again. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, type Broken, isAnswer, SteadyAsking } from '../load.ts';
import type { Relay } from '../relay.ts';
import type { RedisServer } from './server.ts';

/** The Redis that is made to fail. */
export interface Stage {
  /** Whoever takes writes, or will when the fault is over. */
  primary: RedisServer;
  replica: RedisServer | undefined;
  /** Those that were the primary. */
  former: RedisServer[];
  /** Where the function redis finds it. */
  relay: Relay;
  /** What was seen that should not have been. */
  problems: string[];
}

export interface RedisFault {
  title: string;
  /** What is answered to requests while it lasts: 200 where it must not be noticed. */
  meanwhile: 200 | 503;
  /** What an answer takes at least while it lasts, in ms. */
  slowMs?: number;
  /** Before the functions start; what they need in their environment. */
  prepare?(stage: Stage): Promise<NodeJS.ProcessEnv>;
  /** Before it begins, each time. */
  ready?(stage: Stage): Promise<void>;
  begin(stage: Stage): Promise<void> | void;
  end(stage: Stage): Promise<void> | void;
}

/** When one fault was, by `performance.now()`. */
export interface Spell {
  /** From when on it may have been felt, and must have been. */
  began: number;
  broken: number;
  /** Until when it must have been felt, and may have been; then the function has to find back by itself. */
  ending: number;
  ended: number;
  /** When the first request that was sent afterwards had its 200; undefined where none had in time. */
  back: number | undefined;
}

export interface Course {
  /** Requests a second. */
  rate: number;
  rounds: number;
  /** How long each fault lasts, and how long nothing is done before and after. */
  faultMs: number;
  calmMs: number;
}

/** Its own limits are a second to connect and one for an answer; the rest is for a busy machine. */
export const answerWithinMs = 3_000;

/** A try to connect each half a second, at most, that takes a second, at most; the rest is for a busy machine. */
export const backWithinMs = 3_000;

async function firstGood(load: SteadyAsking, since: number): Promise<number | undefined> {
  while (performance.now() < since + backWithinMs) {
    const good = load.results.find(
      result => result.began > since && isAnswer(result) && result.status === 200,
    );
    if (good) return good.began + good.ms;
    await pause(5);
  }
  return undefined;
}

async function oneSpell(
  fault: RedisFault,
  stage: Stage,
  load: SteadyAsking,
  faultMs: number,
): Promise<Spell> {
  const began = performance.now();
  await fault.begin(stage);
  const broken = performance.now();
  await pause(faultMs);
  const ending = performance.now();
  await fault.end(stage);
  const ended = performance.now();
  return { began, broken, ending, ended, back: await firstGood(load, ended) };
}

export interface Run {
  results: (Answer | Broken)[];
  spells: Spell[];
}

export async function runUnderLoad(
  url: string,
  fault: RedisFault,
  stage: Stage,
  course: Course,
): Promise<Run> {
  const load = new SteadyAsking(url, course.rate);
  const spells: Spell[] = [];
  try {
    for (let round = 0; round < course.rounds; round++) {
      await fault.ready?.(stage);
      await pause(course.calmMs);
      spells.push(await oneSpell(fault, stage, load, course.faultMs));
      await pause(course.calmMs);
    }
  } finally {
    await load.stop();
  }
  return { results: load.results, spells };
}

type Time = Pick<Answer, 'began' | 'ms'>;

/** Whether a request was under way only while a fault lasted. */
export const isWithin = ({ began, ms }: Time, spells: readonly Spell[]): boolean =>
  spells.some(({ broken, ending }) => began > broken && began + ms < ending);

/** The statuses that a request may have been answered with, by when it was under way. */
export function allowed(request: Time, spells: readonly Spell[], meanwhile: 200 | 503): readonly number[] {
  if (isWithin(request, spells)) return [meanwhile];
  const ended = request.began + request.ms;
  const touched = spells.some(
    ({ began, back = Number.POSITIVE_INFINITY }) => ended > began && request.began < back,
  );
  return touched && meanwhile === 503 ? [200, 503] : [200];
}
