import { setTimeout as pause } from 'node:timers/promises';
import { routes, type Target, targets } from '../expected.ts';
import { kubectl } from '../kubectl.ts';
import { progress } from '../report.ts';
import { type Answer, request } from '../request.ts';
import { functionPods, type Run } from '../run.ts';

/** A request that was sent, and its answer where there was one. */
export interface Sent {
  target: Target;
  answer: Answer | undefined;
}

async function send({ gateway }: Run, target: Target): Promise<Sent> {
  return { target, answer: await request(gateway, routes[target]).catch(() => undefined) };
}

/** `each` requests to every function, `clients` at a time. */
async function burst(run: Run, each: number, clients: number): Promise<Sent[]> {
  const left = Array.from({ length: each }, () => targets).flat();
  const sent: Sent[] = [];
  const client = async () => {
    for (let target = left.pop(); target !== undefined; target = left.pop())
      sent.push(await send(run, target));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return sent;
}

/** Waits until pods are told to go that were not before, and adds them to `seen`; resolves with their number. */
async function awaitGoing(namespace: string, seen: Set<string>): Promise<number> {
  const deadline = performance.now() + 180_000;
  for (;;) {
    const going = (await functionPods(namespace))
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined && !seen.has(metadata.name))
      .map(({ metadata }) => metadata.name);
    for (const name of going) seen.add(name);
    if (going.length > 0) return going.length;
    if (performance.now() > deadline) throw new Error('no revision scales to zero within three minutes');
    await pause(250);
  }
}

/** Requests, then none until the first pods are told to go, and at that very moment requests again; several times. */
export async function scaleToZero(run: Run): Promise<Sent[]> {
  const seen = new Set<string>();
  const sent = await burst(run, 5, 4);
  for (let round = 1; round <= 3; round++) {
    const going = await awaitGoing(run.namespace, seen);
    progress(`round ${round}: ${going} pods are going; requests again`);
    sent.push(...(await burst(run, 5, 4)));
  }
  return sent;
}

/** Waits for another 25 answers, so that pods are stopped under traffic and not only while they start. */
async function more(sent: readonly Sent[]): Promise<void> {
  const enough = sent.length + 25;
  const deadline = performance.now() + 120_000;
  while (sent.length < enough) {
    if (performance.now() > deadline) throw new Error('25 requests were not answered within two minutes');
    await pause(100);
  }
}

/** Requests without a pause, while one pod after the other is told to go. */
export async function stopPods(run: Run): Promise<Sent[]> {
  const sent: Sent[] = [];
  let stopped = 0;
  let done = false;
  const client = async (first: number) => {
    for (let i = first; !done; i++) sent.push(await send(run, targets[i % targets.length] ?? 'root'));
  };
  const clients = Promise.all(targets.map((_, i) => client(i)));
  try {
    for (const name of ['alpha', 'root', 'gateway', 'beta', 'redis', 'gateway', 'alpha']) {
      await more(sent);
      const names = (await functionPods(run.namespace, name)).map(({ metadata }) => metadata.name);
      if (names.length === 0) continue;
      stopped += names.length;
      await kubectl(['delete', 'pod', '-n', run.namespace, '--wait=false', '--ignore-not-found', ...names]);
    }
    await more(sent);
  } finally {
    done = true;
    await clients;
  }
  progress(`${stopped} pods were stopped under ${sent.length} requests`);
  return sent;
}
