import { setTimeout as pause } from 'node:timers/promises';
import { read } from '../../e2e/kubectl.ts';
import { type Answer, type Entrance, request } from '../../e2e/request.ts';
import { functionPods } from '../../e2e/run.ts';

/** After the last pod went, for what the node and the controllers still do about it. */
const settleMs = 2_000;
const askEveryMs = 1_000;
/** Going takes half a minute, which queue-proxy sleeps so that everybody hears that it goes. */
const goneWithinMs = 180_000;

/**
 * Waits until a Service has no pod, not even one on its way out, and the other Services of its namespace none that
 * still serves.
 * @throws where that does not come
 */
export async function awaitZero(namespace: string, name: string): Promise<void> {
  const deadline = performance.now() + goneWithinMs;
  for (;;) {
    const pods = await functionPods(namespace);
    const isInTheWay = ({ metadata }: (typeof pods)[number]) =>
      metadata.labels?.['serving.knative.dev/service'] === name || metadata.deletionTimestamp === undefined;
    const left = pods.filter(isInTheWay).map(({ metadata }) => metadata.name);
    if (left.length === 0) return pause(settleMs);
    if (performance.now() > deadline) throw new Error(`not scaled to zero: ${left.join(', ')}`);
    await pause(askEveryMs);
  }
}

/** Where a Service is reached, through the ingress behind a port. */
export async function entranceOf(namespace: string, name: string, port: number): Promise<Entrance> {
  const { status } = await read(['services.serving.knative.dev', name, '-n', namespace]);
  return { port, host: new URL(status?.url ?? '').host };
}

/**
 * Sends the one request that starts a Service.
 * @throws where it is not answered as it should be: what was measured would be something else
 */
export async function coldRequest(entrance: Entrance): Promise<Answer> {
  const answer = await request(entrance, '/');
  if (answer.status !== 200 || answer.body !== 'Hello World!')
    throw new Error(
      `GET / at ${entrance.host} was answered with ${answer.status}: ${answer.body.slice(0, 500)}`,
    );
  return answer;
}
