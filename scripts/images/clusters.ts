import { CommandError, output, run } from '../../packages/runtime/src/build/image/command.ts';

/** A container runtime that a cluster takes its images from. */
export interface Cluster {
  description: string;
  /** Imports a docker-archive. */
  load(file: string): Promise<void>;
}

async function findKind(): Promise<Cluster | undefined> {
  const clusters = (await output('kind', ['get', 'clusters']))?.split('\n').filter(Boolean) ?? [];
  const name = process.env['KIND_CLUSTER_NAME'] ?? clusters[0];
  if (name === undefined || !clusters.includes(name)) return undefined;
  return {
    description: `the kind cluster ${name}`,
    load: file => run('kind', ['load', 'image-archive', file, '--name', name]),
  };
}

/** The first that answers: K3s on this machine, a kind cluster, a containerd that a kubelet uses. */
export async function findCluster(): Promise<Cluster | undefined> {
  if ((await output('k3s', ['ctr', 'version'])) !== undefined) {
    return { description: 'K3s', load: file => run('k3s', ['ctr', 'images', 'import', file]) };
  }
  const kind = await findKind();
  if (kind !== undefined) return kind;
  if ((await output('ctr', ['version'])) === undefined) return undefined;
  const inKubernetes = ['--namespace', 'k8s.io', 'images', 'import'];
  return { description: 'containerd', load: file => run('ctr', [...inKubernetes, file]) };
}

/** @throws CommandError where none answers */
export async function needCluster(): Promise<Cluster> {
  const cluster = await findCluster();
  if (cluster !== undefined) return cluster;
  throw new CommandError(
    'found no K3s, kind cluster or containerd to import into: is it running, are you root?',
  );
}
