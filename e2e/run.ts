import { fileURLToPath } from 'node:url';
import { apply, list, render } from './kubectl.ts';
import { annotatePods, isKnativeService, type KubeObject, setEnv } from './objects.ts';
import { pageUrl } from './page.ts';
import { awaitReady } from './ready.ts';
import type { Entrance } from './request.ts';
import type { Jaeger } from './trace.ts';

/** What the checks work with. */
export interface Run {
  namespace: string;
  /** The gateway, as the world outside reaches it. */
  gateway: Entrance;
  /** Any Service by its address inside the cluster. */
  inside(host: string): Entrance;
  jaeger: Jaeger;
  /** An image with Node. */
  pageImage: string;
}

export const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Idle functions are gone after this time instead of a minute and a half, so that many can be watched going. */
const scaleDown = {
  'autoscaling.knative.dev/window': '10s',
  'autoscaling.knative.dev/scale-to-zero-pod-retention-period': '0s',
};

/** The project's own manifests, with nothing changed but the page that is GET and how soon idle pods go. */
export async function functionsOf(name: string, namespace: string): Promise<KubeObject[]> {
  const objects = await render(folder(name), namespace);
  for (const object of objects.filter(isKnativeService)) {
    const variables = object.spec?.template?.spec?.containers.flatMap(({ env = [] }) => env) ?? [];
    if (variables.some(({ name }) => name === 'UPSTREAM_URL')) {
      setEnv(object, { UPSTREAM_URL: pageUrl(namespace) });
    }
    annotatePods(object, scaleDown);
  }
  return objects;
}

/** Applies a folder of Knative Services and waits until they are ready. */
export async function deploy(namespace: string, name: string): Promise<void> {
  const objects = await functionsOf(name, namespace);
  await apply(namespace, objects);
  await awaitReady(namespace, objects);
}

/** The pods of a function, or of all; those that are on their way out count. */
export function functionPods(namespace: string, name?: string): Promise<KubeObject[]> {
  const selector = name === undefined ? 'serving.knative.dev/service' : `serving.knative.dev/service=${name}`;
  return list(['pods', '-n', namespace, '-l', selector]);
}
