import type { Span } from '../../packages/traced/src/read/span.ts';
import { type Answer, isAnswer } from '../load.ts';
import { Problems, wrongProblem } from '../problem.ts';
import { hasFailed, type Shape, tag } from '../traces.ts';
import type { RedisServer } from './server.ts';
import {
  allowed,
  answerWithinMs,
  backWithinMs,
  isWithin,
  type RedisFault,
  type Run,
  type Spell,
} from './under-load.ts';

const dayInSeconds = 86_400;

type Stored = Record<string, string>;

/** @returns what is wrong with a 503 */
function wrongRefusal(answer: Answer): string | undefined {
  if (!/^[1-9]\d*$/.test(answer.headers['retry-after'] ?? '')) return 'a 503 without Retry-After';
  return wrongProblem(answer);
}

const storedBy = ({ body }: Answer): Stored => JSON.parse(body).stored;

/** @returns what is wrong with an answer, or undefined */
function wrong(answer: Answer, expected: string, { spells }: Run, fault: RedisFault): string | undefined {
  const { meanwhile, slowMs = 0 } = fault;
  const statuses = allowed(answer, spells, meanwhile);
  if (!statuses.includes(answer.status)) return `${answer.status} in the place of ${statuses.join(' or ')}`;
  if (answer.ms < slowMs && isWithin(answer, spells)) return `an answer in less than ${slowMs} ms`;
  if (answer.ms > answerWithinMs) return `an answer after more than ${answerWithinMs} ms`;
  if (answer.status === 503) return wrongRefusal(answer);
  return answer.body === expected ? undefined : 'a 200 that says that something else was stored';
}

export interface Judgement {
  /** The answers that the contract allows. */
  answered: Answer[];
  problems: string[];
}

/** Holds every result against the contract and the time of the fault. */
export function judge(run: Run, expected: string, fault: RedisFault): Judgement {
  const answered: Answer[] = [];
  const problems = new Problems();
  for (const result of run.results) {
    const problem = isAnswer(result) ? wrong(result, expected, run, fault) : `broken: ${result.broken}`;
    if (problem === undefined) answered.push(result as Answer);
    else problems.add(problem);
  }
  for (const { back } of run.spells) {
    if (back === undefined) problems.add(`no 200 within ${backWithinMs} ms of the fault’s end`);
  }
  return { answered, problems: problems.list() };
}

export interface Writes {
  /** How many there were. */
  made: number;
  /** How many there may be: no request may write twice. */
  most: number;
  /** How many there must be: of those that this Redis was there for, all that were answered with 200. */
  least: number;
}

/** Holds what is stored against what was answered. */
export async function checkStored(
  { admin }: RedisServer,
  expected: string,
  { made, most, least }: Writes,
): Promise<string[]> {
  const stored = storedBy({ body: expected } as Answer);
  const keys = Object.keys(stored);
  const values = await admin.mget(keys);
  const others = keys.filter((key, index) => values[index] !== stored[key]).length;
  const lifetimes = await Promise.all(keys.map(key => admin.ttl(key)));
  const lasting = lifetimes.filter(ttl => ttl > dayInSeconds || ttl < dayInSeconds - 600).length;
  const size = await admin.dbsize();
  return [
    ...(keys.length === 50 ? [] : [`${keys.length} keys were answered`]),
    ...(others > 0 ? [`${others} keys have another value than was answered`] : []),
    ...(lasting > 0 ? [`${lasting} keys do not expire after a day`] : []),
    ...(size === keys.length ? [] : [`${size} keys are there where ${keys.length} were answered`]),
    ...(made > most ? [`${made} writes for ${most} requests`] : []),
    ...(made < least ? [`${made} writes for ${least} answers with 200`] : []),
  ];
}

const ofRedis = (span: Span): boolean =>
  span.process.serviceName === 'redis-fn' && tag(span, 'span.kind') === 'client';

const way = { 'gateway-fn GET /redis': 1, 'gateway-fn GET': 1, 'redis-fn GET /redis': 1 };

const shapes: Record<number, Shape> = {
  200: {
    least: { ...way, 'redis-fn multi': 1, 'redis-fn mset': 1, 'redis-fn expire': 50, 'redis-fn exec': 1 },
  },
  503: { least: way, failed: Object.keys(way), because: span => ofRedis(span) && hasFailed(span) },
};

export const shapeOf = ({ status }: Answer): Shape => shapes[status] as Shape;

/** From the fault's end to the first 200, in ms: the longest of all. */
export const longestBack = (spells: readonly Spell[]): number =>
  Math.max(...spells.map(({ ended, back = Number.POSITIVE_INFINITY }) => back - ended));
