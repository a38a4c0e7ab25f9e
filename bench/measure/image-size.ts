import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { findEngine } from '../../packages/runtime/src/build/image/engines.ts';
import { type Figure, megabytes } from '../figures.ts';

/** Where `npm run images` puts it if not told otherwise. */
const image = 'dev.local/traced-functions/redis:v2';
const title = 'image of redis, the largest';

async function gzippedBytes(file: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(file).pipe(createGzip()) as AsyncIterable<Buffer>)
    bytes += chunk.length;
  return bytes;
}

/** The image's archive, unpacked and gzipped as a registry keeps it; skipped where no engine has it. */
export async function imageSize(): Promise<Figure> {
  const engine = await findEngine();
  if (engine === undefined) return { title, skipped: 'no Docker, Podman or Buildah answers here' };
  if ((await engine.size(image)) === undefined) {
    return { title, skipped: `${engine.name} has no ${image}: npm run images makes it` };
  }
  const folder = mkdtempSync(join(tmpdir(), 'traced-functions-bench-'));
  try {
    const file = join(folder, 'image.tar');
    await engine.save(image, file);
    const rounds = {
      unpacked: [megabytes(statSync(file).size)],
      compressed: [megabytes(await gzippedBytes(file))],
    };
    return { title, unit: 'MB', rounds, notes: [`${image}, saved by ${engine.name}; compressed by gzip -6`] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
