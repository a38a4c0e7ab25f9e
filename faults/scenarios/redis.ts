/** Redis away, slow, full, refusing, moving: 503 meanwhile, 200 again by itself, and what is stored is what was said. */

import { Collector } from '../../bench/collector.ts';
import { startSearchPage } from '../../local/search-page.ts';
import { type Chain, startChain } from '../chain.ts';
import { ask, isAnswer } from '../load.ts';
import { checkStored, judge, longestBack, shapeOf } from '../redis/judge.ts';
import { hasRedisServer, RedisServer } from '../redis/server.ts';
import { type Course, type RedisFault, runUnderLoad, type Stage } from '../redis/under-load.ts';
import { Relay } from '../relay.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';
import { wholeness } from '../traces.ts';

const course = ({ short }: Ground): Course =>
  short
    ? { rate: 100, rounds: 1, faultMs: 1_200, calmMs: 300 }
    : { rate: 150, rounds: 3, faultMs: 3_000, calmMs: 1_000 };

/** Asks once, so that the page is there, and nobody waits for it when Redis fails. @returns the answer to all requests */
async function firstAnswer(url: string): Promise<string> {
  const first = await ask(url);
  if (!isAnswer(first) || first.status !== 200)
    throw new Error(`the first answer is ${JSON.stringify(first)}`);
  return first.body;
}

async function observe(
  fault: RedisFault,
  stage: Stage,
  chain: Chain,
  collector: Collector,
  course: Course,
): Promise<Outcome> {
  const url = `${chain.url}/redis`;
  const expected = await firstAnswer(url);
  const run = await runUnderLoad(url, fault, stage, course);
  const { answered, problems } = judge(run, expected, fault);
  const good = answered.filter(({ status }) => status === 200);
  const lastEnd = run.spells.at(-1)?.ended ?? 0;
  const made = await stage.primary.writes();
  const least = good.filter(({ began }) => began > lastEnd).length;
  const misstored = await checkStored(stage.primary, expected, {
    made,
    most: run.results.length + 1,
    least,
  });
  const exits = await chain.stop();
  const traces = await wholeness(
    collector,
    answered.map(answer => ({ traceId: answer.traceId, shape: shapeOf(answer) })),
  );
  const slowest = Math.max(...answered.map(({ ms }) => ms));
  return {
    requests: run.results.length,
    answered: answered.length,
    whole: traces.whole,
    seen: [
      `${answered.length - good.length} with 503`,
      `the slowest ${Math.round(slowest)} ms`,
      ...(fault.meanwhile === 503 ? [`200 again after ${Math.round(longestBack(run.spells))} ms`] : []),
      `${made} writes`,
    ].join('; '),
    problems: [...problems, ...stage.problems, ...misstored, ...exits, ...traces.problems],
  };
}

async function underFault(fault: RedisFault, ground: Ground): Promise<Outcome> {
  const collector = await Collector.start(undefined);
  const page = await startSearchPage();
  const primary = await RedisServer.start();
  const relay = await Relay.to(primary.port);
  const stage: Stage = { primary, replica: undefined, former: [], relay, problems: [] };
  let chain: Chain | undefined;
  try {
    const env = {
      UPSTREAM_URL: `http://127.0.0.1:${page.port}/`,
      REDIS_URL: `redis://127.0.0.1:${relay.port}`,
      ...(await fault.prepare?.(stage)),
    };
    chain = await startChain(ground, collector, ['redis'], env);
    return await observe(fault, stage, chain, collector, course(ground));
  } finally {
    await chain?.stop();
    await relay.close();
    await Promise.all([stage.primary, stage.replica, ...stage.former].map(each => each?.kill()));
    await Promise.all([page.close(), collector.stop()]);
  }
}

const password = 'known-to-both-sides';

/** A replica that has everything, in the place of the one that was promoted the last time. */
async function withReplica(stage: Stage): Promise<void> {
  stage.replica = await RedisServer.start();
  await stage.replica.follow(stage.primary);
}

/** The replica becomes the primary, and the address is its own from now on. */
async function failOver(stage: Stage): Promise<void> {
  const { primary, replica } = stage;
  if (replica === undefined) throw new Error('there is no replica');
  await replica.promote();
  stage.relay.pointTo(replica.port);
  // Where it lives on, so do the connections to it.
  stage.former.push(primary);
  stage.primary = replica;
  stage.replica = undefined;
}

const slowMs = 250;

const faults: RedisFault[] = [
  {
    title: 'Redis away',
    meanwhile: 503,
    begin: ({ relay }) => relay.goAway(),
    end: ({ relay }) => relay.comeBack(),
  },
  {
    title: `Redis slow, ${slowMs} ms an answer`,
    meanwhile: 200,
    slowMs,
    begin({ relay }) {
      relay.delayMs = slowMs;
    },
    end({ relay }) {
      relay.delayMs = 0;
    },
  },
  {
    title: 'Redis stands still',
    meanwhile: 503,
    begin: ({ primary }) => primary.freeze(),
    end: ({ primary }) => primary.thaw(),
  },
  {
    title: 'Redis refuses the password',
    meanwhile: 503,
    async prepare({ primary }) {
      await primary.admin.config('SET', 'requirepass', password);
      return { REDIS_PASSWORD: password };
    },
    async begin({ primary }) {
      await primary.admin.config('SET', 'requirepass', 'another');
      await primary.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
    end: async ({ primary }) => void (await primary.admin.config('SET', 'requirepass', password)),
  },
  {
    title: 'Redis full, without eviction',
    meanwhile: 503,
    async begin({ primary }) {
      await primary.admin.config('SET', 'maxmemory-policy', 'noeviction');
      await primary.admin.config('SET', 'maxmemory', '1');
      await primary.admin.flushall();
    },
    async end({ primary, problems }) {
      const left = await primary.admin.dbsize();
      if (left > 0) problems.push(`${left} keys were stored by requests that were answered with 503`);
      await primary.admin.config('SET', 'maxmemory', '0');
    },
  },
  {
    title: 'Redis restarted, all its data lost',
    meanwhile: 503,
    begin: ({ primary }) => primary.kill(),
    async end(stage) {
      stage.primary = await RedisServer.start(stage.primary.port);
    },
  },
  {
    title: 'failover, the primary killed',
    meanwhile: 503,
    ready: withReplica,
    begin: ({ primary }) => primary.kill(),
    end: failOver,
  },
  {
    title: 'failover, the primary’s connections silent',
    meanwhile: 503,
    ready: withReplica,
    async begin({ primary, relay }) {
      relay.silence();
      await primary.kill();
    },
    end: failOver,
  },
  {
    title: 'failover, the primary a replica now',
    meanwhile: 503,
    ready: withReplica,
    async begin({ primary, replica }) {
      await primary.admin.replicaof('127.0.0.1', replica?.port ?? 0);
    },
    end: failOver,
  },
];

const check = (fault: RedisFault): Check => ({
  title: fault.title,
  async run(ground) {
    if (!hasRedisServer()) {
      const skipped = 'there is no redis-server on the PATH';
      return { requests: 0, answered: 0, whole: undefined, seen: '', problems: [], skipped };
    }
    return underFault(fault, ground);
  },
});

export const redis: Scenario = { name: 'redis', checks: faults.map(check) };
