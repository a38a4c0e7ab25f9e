import pkg from '../../package.json' with { type: 'json' };
import { output } from '../../packages/runtime/src/build/image/command.ts';

export interface Provenance {
  /** The OCI image labels that say what an image was made of; none that is not known. */
  labels: Record<string, string>;
  /** When the commit was made, in seconds since the Unix epoch: the image's own age, whenever it is built. */
  epoch: string | undefined;
}

/** A repository's address for people, without a login; undefined for a folder of this machine. */
export function sourceAddress(remote = ''): string | undefined {
  const [, host, path] = /^git@([^:/]+):(.+)$/.exec(remote) ?? [];
  const address = host === undefined ? remote : `https://${host}/${path}`;
  if (!/^https?:/.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return `${url.origin}${url.pathname}`.replace(/\.git$/, '');
}

/** What git says of the current folder. A commit that was changed since is named as such. */
export async function provenance(): Promise<Provenance> {
  const [revision, epoch, created] =
    (await output('git', ['show', '-s', '--format=%H %ct %cI', 'HEAD']))?.split(' ') ?? [];
  const isChanged = (await output('git', ['status', '--porcelain'])) !== '';
  const source = sourceAddress(await output('git', ['remote', 'get-url', 'origin']));
  const known = {
    version: pkg.version,
    revision: revision && `${revision}${isChanged ? '-dirty' : ''}`,
    created,
    source,
  };
  const labels = Object.entries(known).flatMap(([name, value]) =>
    value === undefined ? [] : [[`org.opencontainers.image.${name}`, value]],
  );
  return { labels: Object.fromEntries(labels), epoch };
}
