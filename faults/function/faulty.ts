import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Collector } from '../../bench/collector.ts';
import { type RunningServer, startServer } from '../../bench/server.ts';
import { bundleVariant } from '../../bench/variants.ts';
import { bundleFunction } from '../../scripts/bundle.ts';
import type { Ground } from '../scenario.ts';

const source = fileURLToPath(new URL('../sources/faulty.ts', import.meta.url));

/** The function with the faults, bundled beside the others when it is first asked for. */
export async function bundleFaulty({ bundles, say }: Ground): Promise<void> {
  const folder = join(bundles, 'faulty');
  if (existsSync(folder)) return;
  say('bundling the function with faults');
  await bundleFunction('faulty', folder, source);
}

/** Asks it for one of its faults. */
export const withFault = (url: string, fault: string): string => `${url}?fault=${fault}`;

/** @param memoryMb how much it may allocate before V8 gives up; undefined: as much as V8 likes */
export function startFaulty(
  { bundles }: Ground,
  collector: Collector,
  env: NodeJS.ProcessEnv,
  memoryMb?: number,
): Promise<RunningServer> {
  const variant = bundleVariant('jaeger', 'faulty', { bundles, ...collector });
  const options = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  const args = [...options, ...variant.args];
  // What V8 says as it gives up is expected.
  const complaints = memoryMb === undefined ? 'inherit' : 'ignore';
  return startServer({ ...variant, args, env: { ...variant.env, ...env } }, undefined, {
    path: '/healthz',
    complaints,
  });
}
