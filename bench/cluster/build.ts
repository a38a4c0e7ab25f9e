import { fileURLToPath } from 'node:url';
import { needEngine } from '../../packages/runtime/src/build/image/engines.ts';
import { needCluster } from '../../scripts/images/clusters.ts';
import { load } from '../../scripts/images/load.ts';
import { provenance } from '../../scripts/images/provenance.ts';

const folder = fileURLToPath(new URL('../baselines', import.meta.url));

/**
 * Builds the baselines' image with the first engine that answers, as `npm run images` does with the functions'.
 * @param then whether it is imported into this machine's cluster or pushed to the registry in its name
 * @throws CommandError
 */
export async function buildBaselines(
  image: string,
  then: 'load' | 'push',
  say: (line: string) => void,
): Promise<void> {
  const engine = await needEngine();
  const cluster = then === 'load' ? await needCluster() : undefined;
  say(`building ${image} with ${engine.name}`);
  const { labels, epoch } = await provenance();
  await engine.build({ folder, image, labels, epoch, platform: undefined, push: then === 'push' });
  if (cluster === undefined) return;
  say(`importing it into ${cluster.description}`);
  await load(engine, cluster, image);
}
