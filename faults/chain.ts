import type { Collector } from '../bench/collector.ts';
import { type RunningServer, startServer } from '../bench/server.ts';
import { bundleVariant } from '../bench/variants.ts';
import type { Ground } from './scenario.ts';

export type Target = 'root' | 'alpha' | 'beta' | 'redis';

const settings: Record<Target, string> = {
  root: 'ROOT_URL',
  alpha: 'ALPHA_URL',
  beta: 'BETA_URL',
  redis: 'REDIS_FUNCTION_URL',
};

/** Soon at the collector, and soon stopped. */
export const quick = { OTEL_BSP_SCHEDULE_DELAY: '200', LAME_DUCK_MS: '0' };

/** The gateway and some of the functions behind it, as their images run them. */
export interface Chain {
  /** The gateway's address, without a slash at its end. */
  url: string;
  servers: Record<string, RunningServer>;
  /** Ends them in order, so that every span has come to the collector. @returns what did not end as it should */
  stop(): Promise<string[]>;
}

async function stopAll(servers: Record<string, RunningServer>): Promise<string[]> {
  const exits = Object.entries(servers).map(async ([name, server]) => [name, await server.stop()] as const);
  const ended = await Promise.all(exits);
  return ended.flatMap(([name, code]) => (code === 0 ? [] : [`${name} ended with exit status ${code}`]));
}

/**
 * @param targets what is started beside the gateway
 * @param env for all of them
 * @param gatewayEnv for the gateway alone, such as the address of a target that is somebody else's
 */
export async function startChain(
  { bundles }: Pick<Ground, 'bundles'>,
  collector: Collector,
  targets: readonly Target[],
  env: NodeJS.ProcessEnv = {},
  gatewayEnv: NodeJS.ProcessEnv = {},
): Promise<Chain> {
  const start = (name: string, more: NodeJS.ProcessEnv = {}) => {
    const { env: own, ...variant } = bundleVariant('jaeger', name, { bundles, ...collector });
    return startServer({ ...variant, env: { ...own, ...quick, ...env, ...more } }, undefined, {
      path: '/healthz',
    });
  };
  const started = await Promise.all(targets.map(async name => [name, await start(name)] as const));
  const functions = Object.fromEntries(started);
  const urls = Object.fromEntries(started.map(([name, { url }]) => [settings[name], url]));
  const gateway = await start('gateway', { ...urls, ...gatewayEnv }).catch(async error => {
    await stopAll(functions);
    throw error;
  });
  return {
    url: gateway.url.replace(/\/$/, ''),
    servers: { gateway, ...functions },
    async stop() {
      return [...(await stopAll({ gateway })), ...(await stopAll(functions))];
    },
  };
}
