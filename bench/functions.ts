import { startRedis } from '../local/redis.ts';
import { startSearchPage } from '../local/search-page.ts';
import type { Collector } from './collector.ts';
import type { Cores } from './cores.ts';
import { type RunningServer, startServer } from './server.ts';
import { bundleVariant } from './variants.ts';

export const functionNames = ['root', 'alpha', 'beta', 'redis', 'gateway'] as const;
export type FunctionName = (typeof functionNames)[number];

/** The five functions as their images run them. */
export interface Functions {
  servers: Record<FunctionName, RunningServer>;
  /** Ends them in order, the gateway first, so that every span has come to the collector. */
  stop(): Promise<void>;
}

export interface Surroundings {
  bundles: string;
  cores: Pick<Cores, 'server'>;
  collector: Pick<Collector, 'thrift' | 'otlp'>;
}

/** Starts what `UPSTREAM_URL` and `REDIS_URL` do not name already. */
async function startOthers(env: NodeJS.ProcessEnv) {
  const page = env['UPSTREAM_URL'] === undefined ? await startSearchPage() : undefined;
  const redis = await startRedis(env['REDIS_URL'], process.env['PATH'] ?? '', () => undefined);
  return {
    env: { UPSTREAM_URL: `http://127.0.0.1:${page?.port}/search?q=python`, REDIS_URL: redis.url, ...env },
    close: () => Promise.all([page?.close(), redis.close()]),
  };
}

/**
 * @param env for all of them; with `UPSTREAM_URL` or `REDIS_URL` in it, the page or the Redis is not started here
 * @param name which exporter they use
 */
export async function startFunctions(
  { bundles, cores, collector }: Surroundings,
  env: NodeJS.ProcessEnv = {},
  name: 'jaeger' | 'otlp' = 'jaeger',
): Promise<Functions> {
  const others = await startOthers(env);
  const start = (target: FunctionName, more: NodeJS.ProcessEnv = {}) => {
    const { env: own, ...variant } = bundleVariant(name, target, { bundles, ...collector });
    return startServer({ ...variant, env: { ...own, ...others.env, ...more } }, cores.server, {
      // Whatever is asked of the page or Redis for this run, it has started.
      path: '/healthz',
    });
  };
  const root = await start('root');
  const alpha = await start('alpha');
  const beta = await start('beta');
  const redis = await start('redis');
  const gateway = await start('gateway', {
    ROOT_URL: root.url,
    ALPHA_URL: alpha.url,
    BETA_URL: beta.url,
    REDIS_FUNCTION_URL: redis.url,
  });
  return {
    servers: { root, alpha, beta, redis, gateway },
    async stop() {
      await gateway.stop();
      await Promise.all([root, alpha, beta, redis].map(each => each.stop()));
      await others.close();
    },
  };
}
