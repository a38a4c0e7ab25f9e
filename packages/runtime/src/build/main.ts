/** `traced-functions build`. */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ConfigError } from '../setting.ts';
import { build } from './build.ts';
import { BuildError } from './error.ts';
import { CommandError } from './image/command.ts';
import { writeDockerfile } from './image/dockerfile.ts';
import { needEngine } from './image/engines.ts';
import { knativeService } from './image/manifest.ts';
import { type Options, readOptions, UsageError, usage } from './options.ts';

const say = (line: string): void => void process.stderr.write(`traced-functions build: ${line}\n`);

/** A path as somebody in this folder would write it. */
const shown = (path: string): string => relative('', path) || '.';

async function buildImage(image: string, folder: string, options: Options): Promise<void> {
  const { target, 'signature-type': signatureType, variables, dockerfile, platform, push } = options;
  const engine = await needEngine(options.builder);
  if (dockerfile !== undefined) writeDockerfile(folder, { template: dockerfile });
  say(`building ${image} with ${engine.name}`);
  const labels = { 'org.opencontainers.image.title': target ?? image };
  await engine.build({ folder, image, labels, epoch: undefined, platform, push });
  const manifest = join(folder, 'service.yaml');
  const env = {
    ...(target === undefined ? {} : { FUNCTION_TARGET: target }),
    ...(signatureType === undefined ? {} : { FUNCTION_SIGNATURE_TYPE: signatureType }),
    ...variables,
  };
  writeFileSync(manifest, knativeService({ image, env }));
  say(push ? `pushed ${image}; deploy it:` : `built ${image}; where the cluster has it, deploy it:`);
  process.stdout.write(`kubectl apply -f ${shown(manifest)}\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options === 'help') return void process.stdout.write(usage);
  const {
    source,
    image,
    variables,
    'signature-type': signatureType,
    'warm-setup': warmSetup,
    ...rest
  } = options;
  const began = performance.now();
  const { folder, warnings } = await build({
    ...rest,
    source,
    signatureType,
    warmSetup,
    env: variables,
    // The image's Node makes the image's.
    codeCache: image === undefined,
  });
  for (const warning of warnings) say(`warning: ${warning}`);
  say(
    `bundled ${shown(source)} into ${shown(folder)} in ${((performance.now() - began) / 1_000).toFixed(1)} s`,
  );
  if (image === undefined) process.stdout.write(`node ${shown(join(folder, 'main.cjs'))}\n`);
  else await buildImage(image, folder, options);
}

main(process.argv.slice(3)).catch((error: Error) => {
  const isExpected = [BuildError, ConfigError, CommandError].some(kind => error instanceof kind);
  say(
    error instanceof UsageError
      ? `${error.message}\n\n${usage}`
      : isExpected
        ? error.message
        : `${error.stack}`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
