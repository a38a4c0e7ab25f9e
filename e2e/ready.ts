import { setTimeout as pause } from 'node:timers/promises';
import { KubectlError, read } from './kubectl.ts';
import { isKnativeService, type KubeObject } from './objects.ts';
import { isHopeless, reasons, unmet } from './reasons.ts';
import { progress } from './report.ts';

const resource = (object: KubeObject): string =>
  isKnativeService(object) ? 'services.serving.knative.dev' : object.kind;

const waitable = (object: KubeObject): boolean =>
  isKnativeService(object) || ['Deployment', 'StatefulSet'].includes(object.kind);

function isReady(object: KubeObject): boolean {
  const { metadata, spec, status } = object;
  if (status?.observedGeneration !== metadata.generation) return false;
  if (isKnativeService(object)) {
    return (
      status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false
    );
  }
  const wanted = spec?.replicas ?? 1;
  return (status?.readyReplicas ?? 0) >= wanted && (status?.updatedReplicas ?? 0) >= wanted;
}

const short = (object: KubeObject): string => {
  const why = unmet(object)[0];
  return `${object.metadata.name}${why === undefined ? '' : ` [${why}]`}`;
};

/** Polls until all are ready; gives up early where a pod can never become it. */
async function poll(
  namespace: string,
  targets: KubeObject[],
  withinMs: number,
  say: (line: string) => void,
): Promise<KubeObject[]> {
  const deadline = performance.now() + withinMs;
  let told = '';
  let hopelessSince = Number.POSITIVE_INFINITY;
  for (;;) {
    const now = await Promise.all(
      targets.map(target => read([resource(target), target.metadata.name, '-n', namespace])),
    );
    const waiting = now.filter(object => !isReady(object));
    const text = `${targets.length - waiting.length} of ${targets.length} ready${waiting.length > 0 ? `; waiting for ${waiting.map(short).join(', ')}` : ''}`;
    if (text !== told) say(text);
    told = text;
    if (waiting.length === 0 || performance.now() > deadline) return waiting;
    const hopeless = await Promise.all(
      waiting.map(object => isHopeless(namespace, object).catch(() => false)),
    );
    if (!hopeless.includes(true)) hopelessSince = Number.POSITIVE_INFINITY;
    else hopelessSince = Math.min(hopelessSince, performance.now());
    if (performance.now() - hopelessSince > 25_000) return waiting;
    await pause(1_000);
  }
}

/**
 * Waits until the Knative Services, Deployments and StatefulSets among the objects are ready.
 * @throws KubectlError with the reasons that Kubernetes gives for those that are not
 */
export async function awaitReady(
  namespace: string,
  objects: readonly KubeObject[],
  withinMs = 240_000,
  say: (line: string) => void = progress,
): Promise<void> {
  const waiting = await poll(namespace, objects.filter(waitable), withinMs, say);
  if (waiting.length === 0) return;
  const why = await Promise.all(waiting.map(object => reasons(namespace, object)));
  throw new KubectlError(['Not ready:', ...why.flat()].join('\n'));
}
