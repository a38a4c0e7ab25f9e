import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../packages/runtime/src/build/image/engines.ts';
import type { Cluster } from './clusters.ts';

/** Takes an image from the engine that built it into a cluster. */
export async function load(engine: Engine, cluster: Cluster, image: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-images-'));
  try {
    const file = join(folder, 'image.tar');
    await engine.save(image, file);
    await cluster.load(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
