import { loadavg } from 'node:os';
import { apply, forward } from '../../e2e/kubectl.ts';
import type { KubeObject } from '../../e2e/objects.ts';
import { awaitReady } from '../../e2e/ready.ts';
import type { Answer } from '../../e2e/request.ts';
import { inTurns, type Rounds } from '../rounds.ts';
import { buildBaselines } from './build.ts';
import { awaitZero, coldRequest, entranceOf } from './cold-request.ts';
import { inNamespace } from './namespace.ts';
import type { ClusterOptions } from './options.ts';
import { readParts } from './parts.ts';
import { findPlatform } from './platform.ts';
import type { ClusterResults } from './report.ts';
import { clusterVariants, imagesFrom, readRoot, serviceOf } from './services.ts';

type Say = (line: string) => void;

/**
 * Deploys Services of different names and measures a cold request to each, in turns.
 * @param heard each answer, those of the uncounted round too
 * @returns ms, by the Services' names
 */
export async function measureCold<Name extends string>(
  namespace: string,
  services: Record<Name, KubeObject>,
  rounds: number,
  say: Say,
  heard: (name: Name, answer: Answer) => void = () => undefined,
): Promise<Rounds<Name>> {
  const names = Object.keys(services) as Name[];
  const objects = Object.values<KubeObject>(services);
  await apply(namespace, objects);
  await awaitReady(namespace, objects, undefined, say);
  const ingress = await forward('-n', 'kourier-system', 'svc/kourier-internal', '80');
  try {
    return await inTurns(
      names,
      rounds,
      async name => {
        const entrance = await entranceOf(namespace, name, ingress.port);
        await awaitZero(namespace, name);
        const answer = await coldRequest(entrance);
        heard(name, answer);
        say(`${name}: ${Math.round(answer.milliseconds)} ms`);
        return answer.milliseconds;
      },
      // The node's file cache, the activator's and Kourier's knowledge of the Services.
      1,
    );
  } finally {
    ingress.stop();
  }
}

/**
 * Measures the variants on the cluster that KUBECONFIG names.
 * @throws KubectlError or CommandError that says what is missing
 */
export async function runOnCluster(options: ClusterOptions, say: Say): Promise<ClusterResults> {
  const { namespace, rounds, build } = options;
  const platform = await findPlatform();
  const images = imagesFrom(options);
  if (build !== undefined) await buildBaselines(images.baselines, build, say);
  const root = readRoot();
  const named = clusterVariants.map(name => [name, serviceOf(name, root, images)] as const);
  const services = Object.fromEntries(named) as Record<(typeof clusterVariants)[number], KubeObject>;
  const loadBefore = loadavg()[0] ?? 0;
  const date = new Date().toISOString().slice(0, 10);
  const traceIds: string[] = [];
  const keep = (name: string, { traceId }: Answer) => {
    if (name === 'jaeger' && traceId !== undefined) traceIds.push(traceId);
  };
  const measured = await inNamespace(namespace, say, () =>
    measureCold(namespace, services, rounds, say, keep),
  );
  const parts = await readParts(traceIds.slice(-rounds), say);
  return { platform, loadBefore, date, rounds: measured, parts };
}
