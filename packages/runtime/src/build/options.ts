/** What `traced-functions build` is told. */
import { parseArgs } from 'node:util';

/** The arguments cannot be used; the exit status is 2. */
export class UsageError extends Error {}

export const usage = `usage: traced-functions build [FOLDER] [options]

Bundles the function in a folder, or of a file, with its packages and the
runtime into one folder that starts fast: node main.cjs runs it. With --image it
also builds an image, and writes a manifest for Knative.

  --out DIR              where the bundle goes (FOLDER/dist); what an earlier
                         build left there is deleted
  --target NAME          the function that an image runs unless FUNCTION_TARGET
                         says otherwise, and that --warm calls
  --signature-type TYPE  http, event or cloudevent, of an exported function
  --include GLOB         copies files that the function reads when it runs
  --external NAME        copies a package whole instead of bundling it
  --env NAME=VALUE       a variable of the image, and while it is warmed up

  --warm REQUEST         calls the function during the build, so that what V8
                         compiles for it is kept: METHOD:/path[:body],
                         METHOD:/path:@file or event:file. Without it the
                         function's module is loaded, but no function called
  --warm-setup FILE      a module that prepares that: its default export
                         returns { env, close }

  --image NAME[:TAG]     builds an image of the bundle with Docker, Podman or
                         Buildah, whichever responds first
  --builder NAME         only this one of them
  --dockerfile FILE      another Dockerfile than the package's own
  --platform LIST        linux/amd64, linux/arm64 (this machine's); several,
                         with a comma between, need --push
  --push                 pushes the image, and prints the command to deploy it
  --help                 this text

--include, --external, --env and --warm may be given several times. Examples:

  traced-functions build --target hello --warm GET:/ --warm POST:/:@body.json
  traced-functions build orders --image registry.example.com/orders:1 --push
`;

const options = {
  out: { type: 'string' },
  target: { type: 'string' },
  'signature-type': { type: 'string' },
  include: { type: 'string', multiple: true, default: [] as string[] },
  external: { type: 'string', multiple: true, default: [] as string[] },
  env: { type: 'string', multiple: true, default: [] as string[] },
  warm: { type: 'string', multiple: true, default: [] as string[] },
  'warm-setup': { type: 'string' },
  image: { type: 'string' },
  builder: { type: 'string' },
  dockerfile: { type: 'string' },
  platform: { type: 'string' },
  push: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export type Options = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] & {
  source: string;
  variables: Record<string, string>;
};

/** NAME[:PORT]/PATH:TAG, as a registry and Kubernetes take it. */
const imageName =
  /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?$/;

function variable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=([^\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--env ${text}: write NAME=VALUE, on one line`);
  return [name, value];
}

function check({ image, builder, platform, push, ...rest }: Omit<Options, 'source' | 'variables'>): void {
  const signatureType = rest['signature-type'];
  if (signatureType !== undefined && !['http', 'event', 'cloudevent'].includes(signatureType))
    throw new UsageError(`--signature-type ${signatureType}: must be http, event or cloudevent`);
  if (image !== undefined && !imageName.test(image))
    throw new UsageError(`--image ${image}: cannot be the name of an image`);
  if (builder !== undefined && !['docker', 'podman', 'buildah'].includes(builder))
    throw new UsageError(`--builder ${builder}: must be docker, podman or buildah`);
  if (platform?.includes(',') && !push)
    throw new UsageError(
      `--platform ${platform}: several platforms need --push: an engine has images of one alone`,
    );
  const imageOnly = Object.entries({
    builder,
    platform,
    push: push || undefined,
    dockerfile: rest.dockerfile,
  });
  const [useless] = imageOnly.find(([, value]) => value !== undefined) ?? [];
  if (image === undefined && useless !== undefined) throw new UsageError(`--${useless} needs --image`);
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options | 'help' {
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (positionals.length > 1) throw new UsageError(`one folder at a time, not ${positionals.join(' and ')}`);
  check(values);
  return {
    ...values,
    source: positionals[0] ?? '.',
    variables: Object.fromEntries(values.env.map(variable)),
  };
}
