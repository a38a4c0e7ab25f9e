/** Builds the functions' images: `npm run images -- --help`. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exerciseFaults } from '../functions/shared/faults.ts';
import { CommandError } from '../packages/runtime/src/build/image/command.ts';
import { writeDockerfile } from '../packages/runtime/src/build/image/dockerfile.ts';
import { isMultiPlatform, needEngine } from '../packages/runtime/src/build/image/engines.ts';
import { bundleFunction, exporter } from './bundle.ts';
import { functionNames } from './function-names.ts';
import { needCluster } from './images/clusters.ts';
import { load } from './images/load.ts';
import { provenance } from './images/provenance.ts';
import { record } from './images/record.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const usage = `usage: npm run images -- [options]

Builds an image for each function with Docker, Podman or Buildah, whichever
responds first, and ends with a table of name, tag and size.

  --registry R   what the names begin with (dev.local/traced-functions)
  --tag T        v1 has the exercise's faults, any other none (v2)
  --function F   only this one; may be given several times
  --platform P   linux/amd64, linux/arm64 or both with a comma between
                 (this machine's); both need --push
  --push         pushes them to the registry
  --load         imports them into K3s, kind or containerd on this machine
  --bundles DIR  bundles that are there already, by npm run bundle, a folder for
                 each function (dist, made anew)
  --record FILE  where it notes which images were built, for scripts/deploy
                 (dist/images.txt)
  --help         this text
`;

const options = {
  registry: { type: 'string', default: 'dev.local/traced-functions' },
  tag: { type: 'string', default: 'v2' },
  function: { type: 'string', multiple: true },
  platform: { type: 'string' },
  push: { type: 'boolean', default: false },
  load: { type: 'boolean', default: false },
  bundles: { type: 'string' },
  record: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** The arguments cannot be used; the exit status is 2. */
class UsageError extends Error {}

function readOptions(args: string[]): Options {
  let values: Options;
  try {
    ({ values } = parseArgs({ args, options }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const known = functionNames();
  const unknown = values.function?.find(name => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`there is no function ${unknown}; there are: ${known.join(', ')}`);
  if (!/^[\w][\w.-]{0,127}$/.test(values.tag)) throw new UsageError(`${values.tag} cannot be a tag`);
  if (!/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(values.registry))
    throw new UsageError(`${values.registry} cannot be the beginning of an image's name`);
  if (isMultiPlatform(values.platform) && !values.push)
    throw new UsageError('several platforms need --push: an engine stores images of one platform only');
  if (isMultiPlatform(values.platform) && values.load)
    throw new UsageError('several platforms cannot be imported: leave --load out');
  return values;
}

/** The FAULTS that an image has by itself. */
const defaultFaults = (tag: string): string => (tag === 'v1' ? exerciseFaults.join(',') : '');

const about = (name: string): Record<string, string> => ({
  'org.opencontainers.image.title': name,
  'org.opencontainers.image.description':
    'A function of traced-functions: an HTTP function on Knative whose requests appear in Jaeger',
});

const say = (line: string): void => void process.stderr.write(`images: ${line}\n`);

function table(rows: string[][]): string {
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map(line => `${line.trimEnd()}\n`)
    .join('');
}

async function main(args: string[]): Promise<void> {
  const { help, registry, tag, function: only, platform, push, load: toLoad, ...rest } = readOptions(args);
  if (help) return void process.stdout.write(usage);
  const recordFile = resolve(rest.record ?? join(root, 'dist/images.txt'));
  const engine = await needEngine();
  const cluster = toLoad ? await needCluster() : undefined;
  say(`building with ${engine.name}${cluster ? `, importing into ${cluster.description}` : ''}`);
  process.chdir(root);
  const { labels, epoch } = await provenance();
  const names = only ?? functionNames();
  // An image that was built and deployed before it was loaded must be deployed again.
  const place = push ? 'pushed' : cluster ? 'loaded' : 'built';
  const rows = [['NAME', 'TAG', 'SIZE']];
  for (const [index, name] of names.entries()) {
    const image = `${registry}/${name}:${tag}`;
    say(`${index + 1} of ${names.length}: ${image}`);
    const folder = join(resolve(rest.bundles ?? 'dist'), name);
    if (rest.bundles === undefined) await bundleFunction(name, folder, undefined, false);
    writeDockerfile(folder, { env: { FUNCTION_TARGET: name, ...exporter, FAULTS: defaultFaults(tag) } });
    await engine.build({ folder, image, labels: { ...labels, ...about(name) }, epoch, platform, push });
    if (cluster) await load(engine, cluster, image);
    const size = isMultiPlatform(platform) ? 'pushed' : ((await engine.size(image)) ?? 'unknown');
    // With an engine that does not have the image (several platforms) every build counts as a change.
    const id = (await engine.id(image)) ?? new Date().toISOString();
    record(recordFile, image, `${place}-${id}`);
    rows.push([`${registry}/${name}`, tag, size]);
  }
  process.stdout.write(table(rows));
}

main(process.argv.slice(2)).catch(error => {
  if (error instanceof UsageError) process.stderr.write(`images: ${error.message}\n\n${usage}`);
  else if (error instanceof CommandError) say(error.message);
  else throw error;
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
