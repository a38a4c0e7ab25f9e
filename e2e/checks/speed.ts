import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration } from '../../packages/traced/src/diagnosis/duration.ts';
import { missingOf, routes, type Target } from '../expected.ts';
import { progress } from '../report.ts';
import { type Entrance, request, succeed } from '../request.ts';
import type { Run } from '../run.ts';
import { serverSpans, spansOf } from '../trace.ts';

/** How many times slower v1 is, at least, and how often it is asked, for an alpha takes ten seconds. */
const factors: { target: Target; factor: number; requests: Record<'v1' | 'v2', number> }[] = [
  { target: 'alpha', factor: 20, requests: { v1: 2, v2: 10 } },
  { target: 'beta', factor: 3, requests: { v1: 10, v2: 10 } },
  { target: 'redis', factor: 5, requests: { v1: 5, v2: 10 } },
];

const median = (values: number[]): number =>
  values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Requests until one is answered 200: a pod that has just started may still wait for the network to let it out. */
async function warmUp(entrance: Entrance, path: string): Promise<void> {
  for (let tries = 1; tries < 5; tries++) {
    if ((await request(entrance, path)).status === 200) return;
    await pause(1_000);
  }
  await succeed(entrance, path);
}

/** The median duration of the function's own span, in µs, warm. */
async function measure(run: Run, target: Target, version: string, requests: number): Promise<number> {
  const entrance = run.inside(`${version}-${target}.${run.namespace}.svc.cluster.local`);
  const traceIds: string[] = [];
  await warmUp(entrance, routes[target]);
  for (let i = 0; i < requests; i++) traceIds.push((await succeed(entrance, routes[target])).traceId);
  const durations: number[] = [];
  for (const traceId of traceIds) {
    const trace = await run.jaeger.await(traceId, missingOf(target));
    const server = serverSpans(spansOf(trace), target)[0];
    if (server?.revision !== `${target}-${version}`) {
      throw new Error(`a request to ${entrance.host} was answered by ${server?.revision}`);
    }
    durations.push(server.duration);
  }
  return median(durations);
}

export async function speed(run: Run): Promise<string> {
  const results: string[] = [];
  const tooClose: string[] = [];
  for (const { target, factor, requests } of factors) {
    const slow = await measure(run, target, 'v1', requests.v1);
    const fast = await measure(run, target, 'v2', requests.v2);
    const result = `${target} ${formatDuration(slow)} → ${formatDuration(fast)}, ${(slow / fast).toFixed(1)}×`;
    progress(result);
    results.push(result);
    if (slow / fast < factor) tooClose.push(`${result} and not ${factor}×`);
  }
  if (tooClose.length > 0) throw new Error(tooClose.join('\n'));
  return results.join('; ');
}
