/**
 * Hostile input at every port: nothing crashes, hangs or grows, and nobody gets what is another's. `hostile/ports` has
 * what is attacked, `hostile/requests` what with. What must hold: each answer is to its request (`judge.ts`), good
 * requests among them are answered (`canary.ts`), memory comes back (`memory.ts`), functions behind the gateway are asked
 * once and for nothing else (`ports/recorder.ts`), and what was taken is stored and nothing more (`ports/stored.ts`).
 */
import { randomBytes } from 'node:crypto';
import { Collector } from '../../bench/collector.ts';
import { type RunningServer, startServer } from '../../bench/server.ts';
import { bundleVariant } from '../../bench/variants.ts';
import { type Attacked, attack } from '../hostile/attack.ts';
import { outgreed } from '../hostile/greedy.ts';
import { watchable } from '../hostile/memory.ts';
import { Backend } from '../hostile/ports/backend.ts';
import { attackedOtlp, attackedThrift } from '../hostile/ports/collectors.ts';
import { attackedFunction, attackedGateway } from '../hostile/ports/functions.ts';
import { attackedQuery } from '../hostile/ports/query.ts';
import { Recorder } from '../hostile/ports/recorder.ts';
import { outwait } from '../hostile/slow.ts';
import type { Check, Ground, Scenario } from '../scenario.ts';

const seed = process.env['FAULTS_SEED'] ?? randomBytes(4).toString('hex');

/** @param full how many requests the full form sends; the short one sends a tenth of them */
function courseOf({ short, say }: Ground, full: number) {
  say(`FAULTS_SEED=${seed}`);
  return { seed, requests: short ? full / 10 : full };
}

/** A function as its image runs it, and what it sends its spans to. @returns what `run` returns */
async function withFunction<Result>(
  name: string,
  { bundles }: Ground,
  settings: NodeJS.ProcessEnv,
  run: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const collector = await Collector.start(undefined, true);
  const { env, ...variant } = bundleVariant('jaeger', name, { bundles, ...collector });
  const options = { path: '/healthz' };
  const server = await startServer(
    { ...variant, env: { ...env, ...watchable, ...settings } },
    undefined,
    options,
  );
  try {
    return await run(server);
  } finally {
    await server.stop();
    await collector.stop();
  }
}

const gateway: Check = {
  title: 'the gateway',
  async run(ground) {
    const recorders = await Promise.all(['/', '/alpha', '/beta', '/redis'].map(path => Recorder.start(path)));
    const [ROOT_URL, ALPHA_URL, BETA_URL, REDIS_FUNCTION_URL] = recorders.map(({ url }) => url);
    const settings = { ROOT_URL, ALPHA_URL, BETA_URL, REDIS_FUNCTION_URL };
    const asked = {
      timesAsked: (mark: string) => recorders.reduce((sum, each) => sum + each.timesAsked(mark), 0),
      problems: () => recorders.flatMap(({ problems }) => [...new Set(problems)].slice(0, 5)),
    };
    try {
      return await withFunction('gateway', ground, settings, server =>
        attack(attackedGateway(server, asked), courseOf(ground, 40_000)),
      );
    } finally {
      await Promise.all(recorders.map(each => each.close()));
    }
  },
};

const root: Check = {
  title: 'a function, past the gateway',
  run: ground =>
    withFunction('root', ground, {}, server =>
      attack(attackedFunction('root', server, 'Hello World!'), courseOf(ground, 20_000)),
    ),
};

async function withBackend<Result>(run: (backend: Backend) => Promise<Result>): Promise<Result> {
  const backend = await Backend.start();
  try {
    return await run(backend);
  } finally {
    await backend.stop();
  }
}

/** A check of a port of the backend of `npm start`. */
const backend = (title: string, attacked: (backend: Backend) => Attacked, requests: number): Check => ({
  title,
  run: ground => withBackend(started => attack(attacked(started), courseOf(ground, requests))),
});

const slow: Check = {
  title: 'who is slow or says nothing, at all of them',
  run: ground =>
    withFunction('root', ground, {}, server =>
      withBackend(started => outwait(server, started, ground.short ? 20 : 100)),
    ),
};

const greedy: Check = {
  title: 'who takes more than his share, at npm start',
  run: ({ short }) => withBackend(started => outgreed(started, seed, short ? 1_000 : 10_000)),
};

export const hostile: Scenario = {
  name: 'hostile',
  checks: [
    gateway,
    root,
    backend('Thrift, 14268 of npm start', attackedThrift, 15_000),
    backend('OTLP, 4318 of npm start', attackedOtlp, 15_000),
    backend('query API and page, 16686 of npm start', attackedQuery, 10_000),
    slow,
    greedy,
  ],
};
