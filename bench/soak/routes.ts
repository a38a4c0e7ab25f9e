import { setTimeout as pause } from 'node:timers/promises';
import type { Collector } from '../collector.ts';
import type { FullLoad } from '../full-load.ts';
import { type Surroundings, startFunctions } from '../functions.ts';
import { steadyLoad } from '../steady-load.ts';
import { type Part, partOf, wholeTraces } from './part.ts';
import { watchMemory } from './samples.ts';

export interface Route {
  path: string;
  /** Requests a second; undefined: `share` of what the route can do. */
  rate?: number;
  minutes: number;
}

const share = 0.7;
const capacitySeconds = 10;
/** Longer than a batch waits to be sent (OTEL_BSP_SCHEDULE_DELAY is 5 s). */
const settleMs = 6_000;

/** A route through the gateway at a constant rate, on functions that are started for it. */
export async function soakRoute(
  route: Route,
  surroundings: Surroundings & { collector: Collector },
  fullLoad: FullLoad,
): Promise<Part> {
  const { path, minutes } = route;
  const { collector } = surroundings;
  const functions = await startFunctions(surroundings);
  const url = new URL(path, functions.servers.gateway.url).href;
  const { rate: capacity } = await fullLoad(url, capacitySeconds);
  const rate = route.rate ?? Math.max(1, Math.floor(capacity * share));
  await pause(settleMs);
  await collector.reset();
  const watch = watchMemory(functions.servers, minutes);
  const load = await steadyLoad(url, rate, minutes * 60);
  const memory = watch.stop();
  await functions.stop();
  const complete = wholeTraces((await collector.counts()).tracesBySpans);
  return partOf(`gateway ${path}`, rate, load, { complete, memory });
}
