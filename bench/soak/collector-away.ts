import type { Cores } from '../cores.ts';
import { startServer } from '../server.ts';
import { steadyLoad } from '../steady-load.ts';
import { bundleVariant } from '../variants.ts';
import { type Part, partOf } from './part.ts';
import { watchMemory } from './samples.ts';

const rate = 200;
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1';

/** Root under a steady load while no collector is there: what cannot be delivered must not pile up. */
export async function collectorAway(bundles: string, cores: Cores, minutes: number): Promise<Part> {
  const server = await startServer(
    bundleVariant('jaeger', 'root', { bundles, thrift: nowhere, otlp: nowhere }),
    cores.server,
  );
  const watch = watchMemory({ root: server }, minutes);
  const load = await steadyLoad(server.url, rate, minutes * 60);
  const memory = watch.stop();
  await server.kill();
  return partOf('root, collector away', rate, load, { complete: undefined, memory });
}
