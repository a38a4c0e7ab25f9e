import { KubectlError, kubectl, list } from '../../e2e/kubectl.ts';

const label = 'traced-functions/bench';

type Say = (line: string) => void;

async function remove(namespace: string, say: Say): Promise<void> {
  say(`deleting the namespace ${namespace}`);
  await kubectl(['delete', 'namespace', namespace, '--wait', '--ignore-not-found']);
}

/** A namespace that somebody else made is never touched, and certainly not deleted. */
async function make(namespace: string, say: Say): Promise<void> {
  const there = (await list(['namespaces'])).find(({ metadata }) => metadata.name === namespace);
  if (there !== undefined && there.metadata.labels?.[label] === undefined) {
    throw new KubectlError(
      `The namespace ${namespace} is there and not of an earlier run: name another by --namespace.`,
    );
  }
  if (there !== undefined) await remove(namespace, say);
  const made = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { [label]: 'true' } },
  };
  await kubectl(['create', '-f', '-'], JSON.stringify(made));
}

/**
 * Makes a namespace, works in it and deletes it, whatever happens; at SIGINT and SIGTERM too, with which the process
 * then ends. A second signal ends it at once.
 */
export async function inNamespace<T>(namespace: string, say: Say, work: () => Promise<T>): Promise<T> {
  await make(namespace, say);
  let removed: Promise<void> | undefined;
  const removeOnce = () => {
    removed ??= remove(namespace, say);
    return removed;
  };
  const onSignal = () => void removeOnce().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, onSignal);
  try {
    return await work();
  } finally {
    await removeOnce();
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, onSignal);
  }
}
