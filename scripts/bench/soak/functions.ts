import { startRedis } from '../../../local/redis.ts';
import { startSearchPage } from '../../../local/search-page.ts';
import type { Collector } from '../collector.ts';
import type { Cores } from '../cores.ts';
import { type RunningServer, startServer } from '../server.ts';
import { bundleVariant } from '../variants.ts';

export const functionNames = ['root', 'alpha', 'beta', 'redis', 'gateway'] as const;
export type FunctionName = (typeof functionNames)[number];

/** The five functions as their images run them, with a page and a Redis to ask. */
export interface Functions {
  servers: Record<FunctionName, RunningServer>;
  /** Ends them in order, the gateway first, so that every span has come to the collector. */
  stop(): Promise<void>;
}

export interface Surroundings {
  bundles: string;
  cores: Cores;
  collector: Collector;
}

export async function startFunctions({ bundles, cores, collector }: Surroundings): Promise<Functions> {
  const page = await startSearchPage();
  const redis = await startRedis(undefined, process.env['PATH'] ?? '', () => undefined);
  const others = { UPSTREAM_URL: `http://127.0.0.1:${page.port}/search?q=python`, REDIS_URL: redis.url };
  const start = (target: FunctionName, more: NodeJS.ProcessEnv) => {
    const { env, ...variant } = bundleVariant('jaeger', target, { bundles, ...collector });
    return startServer({ ...variant, env: { ...env, ...more } }, cores.server);
  };
  const root = await start('root', others);
  const alpha = await start('alpha', others);
  const beta = await start('beta', others);
  const redisFunction = await start('redis', others);
  const gateway = await start('gateway', {
    ROOT_URL: root.url,
    ALPHA_URL: alpha.url,
    BETA_URL: beta.url,
    REDIS_FUNCTION_URL: redisFunction.url,
  });
  return {
    servers: { root, alpha, beta, redis: redisFunction, gateway },
    async stop() {
      await gateway.stop();
      await Promise.all([root, alpha, beta, redisFunction].map(each => each.stop()));
      await Promise.all([page.close(), redis.close()]);
    },
  };
}
