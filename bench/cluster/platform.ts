import { KubectlError, kubectl, list, read } from '../../e2e/kubectl.ts';
import type { KubeObject } from '../../e2e/objects.ts';

/** What was measured on. */
export interface Platform {
  kubernetes: string;
  serving: string;
  kourier: string;
  nodes: string[];
}

interface NodeStatus {
  capacity: { cpu: string; memory: string };
  nodeInfo: {
    architecture: string;
    containerRuntimeVersion: string;
    kernelVersion: string;
    kubeletVersion: string;
    operatingSystem: string;
  };
}

/** `name: 2 cores, 24 GB, linux amd64 6.1.0, containerd 2.2.9`. */
export function describeNode({ metadata, status }: KubeObject): string {
  const { capacity, nodeInfo } = status as unknown as NodeStatus;
  const gigabytes = Math.round(Number.parseInt(capacity.memory, 10) / 2 ** 20);
  const { operatingSystem, architecture, kernelVersion, containerRuntimeVersion } = nodeInfo;
  const system = `${operatingSystem} ${architecture} ${kernelVersion.split('-')[0]}`;
  const runtime = containerRuntimeVersion.replace('://v', ' ').replace('://', ' ');
  return `${metadata.name}: ${capacity.cpu} cores, ${gigabytes} GB, ${system}, ${runtime}`;
}

async function exists(...args: string[]): Promise<boolean> {
  return (await kubectl(['get', ...args, '--ignore-not-found', '-o', 'name'])).trim() !== '';
}

const needed: [what: string, question: string[]][] = [
  ['Knative Serving', ['crd', 'services.serving.knative.dev']],
  ['Kourier', ['service', '-n', 'kourier-system', 'kourier-internal']],
];

async function version(deployment: string): Promise<string> {
  const { metadata } = await read(['deployment', '-n', 'knative-serving', deployment]);
  return metadata.labels?.['app.kubernetes.io/version'] ?? 'of an unknown version';
}

/**
 * Asks the cluster what it is.
 * @throws KubectlError that says what the cluster lacks, or why none answers
 */
export async function findPlatform(): Promise<Platform> {
  const answer = await kubectl(['version', '-o', 'json']).catch((error: Error) => {
    throw new KubectlError(
      `No cluster answers; KUBECONFIG has to name one. ${error.message.trim().split('\n').at(-1)}`,
    );
  });
  const { serverVersion } = JSON.parse(answer) as { serverVersion?: { gitVersion: string } };
  const found = await Promise.all(needed.map(async ([what, question]) => [what, await exists(...question)]));
  const missing = found.flatMap(([what, isThere]) => (isThere ? [] : [what]));
  if (missing.length > 0)
    throw new KubectlError(`This cluster has no ${missing.join(' and no ')}; scripts/platform brings them.`);
  return {
    kubernetes: serverVersion?.gitVersion ?? 'of an unknown version',
    serving: await version('controller'),
    kourier: await version('net-kourier-controller'),
    nodes: (await list(['nodes'])).map(describeNode),
  };
}
