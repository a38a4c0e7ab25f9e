import { CommandError, output, run } from './command.ts';

export interface Build {
  /** Where the Dockerfile is and what it copies from. */
  folder: string;
  /** The image's name with its tag. */
  image: string;
  labels: Record<string, string>;
  /** What the image gives as its age, in seconds since the Unix epoch; undefined: when it is built. */
  epoch: string | undefined;
  /** `linux/amd64`, or several, separated by commas; undefined is this machine's. */
  platform: string | undefined;
  push: boolean;
}

/** Something that builds images. */
export interface Engine {
  name: string;
  /** Builds, and pushes if asked to. */
  build(build: Build): Promise<void>;
  /** Writes a docker-archive. */
  save(image: string, file: string): Promise<void>;
  /** Unpacked, as the engine prints it; undefined where the engine does not have the image. */
  size(image: string): Promise<string | undefined>;
  /** Changes with the image's content; undefined where the engine does not have the image. */
  id(image: string): Promise<string | undefined>;
}

const labelOptions = ({ labels }: Build): string[] =>
  Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);

export const isMultiPlatform = (platform: string | undefined): boolean => platform?.includes(',') === true;

const megabytes = (bytes: string | undefined): string | undefined =>
  bytes === undefined ? undefined : `${(Number(bytes) / 1e6).toFixed(1)} MB`;

const docker: Engine = {
  name: 'docker',
  async build(build) {
    const { folder, image, platform, push, epoch } = build;
    // The engine cannot store an image of several platforms: buildx pushes it as it is built.
    const several = isMultiPlatform(platform);
    const command = several ? ['buildx', 'build', '--push'] : ['build'];
    const onto = platform === undefined ? [] : ['--platform', platform];
    // BuildKit's name for the image's age.
    const age = epoch === undefined ? [] : ['--build-arg', `SOURCE_DATE_EPOCH=${epoch}`];
    await run('docker', [...command, ...onto, ...age, ...labelOptions(build), '--tag', image, folder]);
    if (push && !several) await run('docker', ['push', image]);
  },
  save: (image, file) => run('docker', ['save', '--output', file, image]),
  size: async image =>
    megabytes(await output('docker', ['image', 'inspect', '--format', '{{.Size}}', image])),
  id: image => output('docker', ['image', 'inspect', '--format', '{{.Id}}', image]),
};

/** Podman and Buildah are one builder with two names. */
const libpod = (name: 'podman' | 'buildah', rest: Pick<Engine, 'save' | 'size' | 'id'>): Engine => ({
  name,
  async build(build) {
    const { folder, image, platform, push, epoch } = build;
    const several = isMultiPlatform(platform);
    const onto = platform === undefined ? [] : ['--platform', platform];
    const named = several ? ['--manifest', image] : ['--tag', image];
    // Docker's format, since OCI's has no health check; layers, or nothing is shared between the images.
    const format = ['--format', 'docker', '--layers'];
    const age = epoch === undefined ? [] : ['--timestamp', epoch];
    await run(name, ['build', ...format, ...onto, ...age, ...labelOptions(build), ...named, folder]);
    if (push && several) await run(name, ['manifest', 'push', '--all', image, `docker://${image}`]);
    else if (push) await run(name, ['push', image]);
  },
  ...rest,
});

const podman = libpod('podman', {
  save: (image, file) => run('podman', ['save', '--format', 'docker-archive', '--output', file, image]),
  size: async image =>
    megabytes(await output('podman', ['image', 'inspect', '--format', '{{.Size}}', image])),
  id: image => output('podman', ['image', 'inspect', '--format', '{{.Id}}', image]),
});

/** A line for each name that the image has. */
const buildahImage = async (format: string, image: string): Promise<string | undefined> =>
  (await output('buildah', ['images', '--format', format, image]))?.split('\n')[0];

const buildah = libpod('buildah', {
  save: (image, file) => run('buildah', ['push', '--quiet', image, `docker-archive:${file}:${image}`]),
  size: image => buildahImage('{{.Size}}', image),
  id: image => buildahImage('{{.ID}}', image),
});

const engines: [engine: Engine, question: string[]][] = [
  [docker, ['version', '--format', '{{.Server.Version}}']],
  [podman, ['info', '--format', '{{.Version.Version}}']],
  [buildah, ['version']],
];

/**
 * The first engine that responds; undefined if none does. Docker's client alone, for one, builds nothing.
 * @param name only the one of this name
 */
export async function findEngine(name?: string): Promise<Engine | undefined> {
  for (const [engine, question] of engines.filter(([each]) => name === undefined || each.name === name)) {
    if ((await output(engine.name, question)) !== undefined) return engine;
  }
  return undefined;
}

/**
 * @param name only the one of this name
 * @throws CommandError where none responds
 */
export async function needEngine(name?: string): Promise<Engine> {
  const engine = await findEngine(name);
  if (engine !== undefined) return engine;
  throw new CommandError(
    name === undefined
      ? 'no engine responds: install Docker, Podman or Buildah, or start the Docker that is installed'
      : `${name} does not respond: install it, or start it`,
  );
}
