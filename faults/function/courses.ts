/** What is asked of a function that has a fault, and what is to become of it. */

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, ask, isAnswer, SteadyAsking } from '../load.ts';
import type { Shape } from '../traces.ts';
import { keyOf, tag } from '../traces.ts';
import { withFault } from './faulty.ts';
import {
  type Asked,
  calledInVain,
  callSpan,
  type Findings,
  failedWith,
  fine,
  functionSpan,
  gatewaySpan,
  type Scene,
  said,
} from './scene.ts';

/** The same again and again. */
export async function steadily(
  { url, ground }: Scene,
  fault: string,
  shapes: Record<number, Shape>,
): Promise<Findings> {
  const load = new SteadyAsking(withFault(url, fault), ground.short ? 50 : 100);
  await pause(ground.short ? 600 : 5_000);
  const results = await load.stop();
  const statuses = Object.keys(shapes).map(Number);
  const asked = results.map(result => ({ result, statuses, shapes }));
  return { asked, seen: `${asked.length} × ${statuses.join(' or ')}`, problems: [] };
}

/** Nobody was there for the answer, and both servers know. */
const leftBehind = (sender: string): Shape => ({
  least: { [gatewaySpan]: 1, [callSpan]: 1, [functionSpan]: 1 },
  failed: [gatewaySpan, callSpan, functionSpan],
  because: span => keyOf(span) === functionSpan && tag(span, 'error.type') === 'client_gone',
  sender,
});

export async function leaveEarly(scene: Scene): Promise<Findings> {
  const { url, ground } = scene;
  const problems: string[] = [];
  const leave = async () => {
    const [traceId, sender] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    const headers = { traceparent: `00-${traceId}-${sender}-01` };
    const result = await ask(withFault(url, 'answers-late'), { headers, timeoutMs: 200 });
    if (isAnswer(result)) problems.push(`answered with ${result.status} after ${Math.round(result.ms)} ms`);
    return { traceId, shape: leftBehind(sender) };
  };
  const left = await Promise.all(Array.from({ length: ground.short ? 30 : 300 }, leave));
  // Their answers are made, and nobody is there.
  await pause(500);
  const { asked } = await steadily(scene, '', { 200: fine });
  return { asked, left, seen: `${left.length} clients left`, problems };
}

const blockMs = 5_000;

/** One request holds up all others to its function, for longer than their deadline. */
export async function block({ url }: Scene): Promise<Findings> {
  const lasts = (spans: Shape): Shape => ({
    ...spans,
    because: span => keyOf(span) === functionSpan && span.duration > BigInt(blockMs - 100) * 1_000_000n,
  });
  const inVain = calledInVain(/deadline/);
  const blocking = ask(withFault(url, 'blocks-for-5s'));
  const began = performance.now();
  await pause(100);
  const load = new SteadyAsking(url, 5);
  await pause(blockMs - 200);
  const waited = await load.stop();
  const first = await blocking;
  while (performance.now() < began + blockMs + 100) await pause(10);
  const after = await ask(url);
  return {
    asked: [
      { result: first, statuses: [504], shapes: { 504: lasts(inVain) } },
      // Those whose deadline is not over when it goes on are answered.
      ...waited.map(result => ({ result, statuses: [504, 200], shapes: { 504: inVain, 200: fine } })),
      { result: after, statuses: [200], shapes: { 200: fine } },
    ],
    seen: `${waited.filter(result => isAnswer(result) && result.status === 504).length} others × 504`,
    problems: [],
  };
}

const restartAfterMs = 300;
/** How long a span waits in the function before it is delivered, with time for a busy machine. */
const deliveredWithinMs = 1_000;

interface Death {
  /** When it began to take memory, when it was gone, and when it was there again. */
  began: number;
  gone: number;
  back: number;
}

/** The process ends at a request, and is started anew after a while, by us in Kubernetes' place. */
async function die(scene: Scene, fault: string) {
  const began = performance.now();
  const result = await ask(withFault(scene.url, fault));
  const code = await scene.faulty.stop();
  const gone = performance.now();
  await scene.relay.goAway();
  await pause(restartAfterMs);
  await scene.restart();
  return { death: { began, gone, back: performance.now() } satisfies Death, result, code };
}

/** What its last spans were it has taken with it; that it was called, the gateway knows. */
function askedAround({ began, ms }: Pick<Answer, 'began' | 'ms'>, deaths: readonly Death[]): number[] {
  const ended = began + ms;
  if (deaths.some(({ gone, back }) => began > gone && ended < back)) return [502];
  return deaths.some(death => ended > death.began && began < death.back) ? [200, 502] : [200];
}

const noFunctionSpan: Shape = { least: { [gatewaySpan]: 1, [callSpan]: 1 } };

export async function takeAllMemory(scene: Scene): Promise<Findings> {
  const load = new SteadyAsking(scene.url, 20);
  const dying: Awaited<ReturnType<typeof die>>[] = [];
  for (let round = 0; round < (scene.ground.short ? 1 : 5); round++) {
    await pause(500);
    dying.push(await die(scene, 'takes-all-memory'));
    await pause(500);
  }
  const last = dying.map(
    ({ result }): Asked => ({
      result,
      statuses: [502],
      shapes: { 502: calledInVain(/hang up|ECONN|reset/i) },
    }),
  );
  const deaths = dying.map(({ death }) => death);
  const others = (await load.stop()).map((result): Asked => {
    const ended = result.began + result.ms;
    const lost = deaths.some(({ began, gone }) => ended > began - deliveredWithinMs && result.began < gone);
    return {
      result,
      statuses: askedAround(result, deaths),
      shapes: { 200: lost ? noFunctionSpan : fine, 502: calledInVain(/./) },
    };
  });
  const away = Math.max(...deaths.map(({ gone, back }) => back - gone));
  const bad = others.filter(({ result }) => isAnswer(result) && result.status === 502).length;
  return {
    asked: [...last, ...others],
    seen: `${deaths.length} × out of memory, away ${Math.round(away)} ms; ${bad} others × 502`,
    problems: dying.flatMap(({ code }) => (code === 0 ? ['it has not run out of memory'] : [])),
  };
}

/** A request that is under way as its function throws an error that nothing catches. */
async function beginSlowly({ url }: Scene): Promise<{ ended: ReturnType<typeof ask> }> {
  const { promise: begun, resolve: onHead } = Promise.withResolvers<void>();
  const ended = ask(withFault(url, 'answers-slowly'), { onHead });
  await Promise.race([begun, ended]);
  return { ended };
}

/**
 * An error that nothing caught is the end of the process, but not before its request has failed, those under way have
 * ended and all spans are delivered.
 */
export async function throwUncaught(scene: Scene): Promise<Findings> {
  const load = new SteadyAsking(scene.url, 20);
  const asked: Asked[] = [];
  const deaths: Death[] = [];
  const problems: string[] = [];
  for (let round = 0; round < (scene.ground.short ? 1 : 5); round++) {
    await pause(500);
    const underWay = await beginSlowly(scene);
    const { death, result, code } = await die(scene, 'strays');
    deaths.push(death);
    asked.push(
      { result, statuses: [500], shapes: { 500: failedWith(/^thrown in a timer$/) } },
      { result: await underWay.ended, statuses: [200], shapes: { 200: fine } },
    );
    if (code !== 1) problems.push(`exit status ${code} after an uncaught error`);
    await pause(500);
  }
  const others = (await load.stop()).map(
    (result): Asked => ({
      result,
      statuses: askedAround(result, deaths),
      shapes: { 200: fine, 502: calledInVain(/./) },
    }),
  );
  const bad = others.filter(({ result }) => isAnswer(result) && result.status === 502).length;
  const seen = `${deaths.length} × exit status 1, what was under way × 200; ${bad} others × 502`;
  return { asked: [...asked, ...others], seen, problems };
}

/** The answer is whole, and what went wrong after it is there to be found. */
export const afterAnswer = (message: RegExp): Shape => ({
  least: { ...fine.least, 'faulty-fn after the response': 1 },
  failed: ['faulty-fn after the response'],
  because: said(message),
});
