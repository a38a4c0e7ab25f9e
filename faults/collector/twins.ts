/** Two processes of a function under one load: one whose collector fails, and beside it one whose collector is well. */
import { setTimeout as pause } from 'node:timers/promises';
import { Collector } from '../../bench/collector.ts';
import { type RunningServer, startServer } from '../../bench/server.ts';
import { bundleVariant } from '../../bench/variants.ts';
import { type Answer, type Broken, SteadyAsking } from '../load.ts';
import type { Ground } from '../scenario.ts';

export interface Course {
  /** Requests a second, to each of the two. */
  rate: number;
  /** Before the fault and after it, in ms. */
  calmMs: number;
  faultMs: number;
}

/** What one of the two did. */
export interface Twin {
  results: (Answer | Broken)[];
  /** Spans that it said it dropped, by the reason that it gave. */
  dropped: Map<string, number>;
  /** Memory of its own at the end of the load, in bytes. */
  anonymous: number;
  exitCode: number | null;
  /** Traces that have come to its collector, by how many spans. */
  traces: Map<string, number>;
  /** Spans that came more than once. */
  duplicates: number;
  /** Batches that came again before they were asked to. */
  tooSoon: number;
}

export interface Twins {
  failing: Twin;
  well: Twin;
  /** When the fault began and ended, by `performance.now()`. */
  fault: { began: number; ended: number };
}

/** What is done to the collector of the one that fails. */
export interface Outage {
  exporter: 'jaeger' | 'otlp';
  env: NodeJS.ProcessEnv;
  isThereFromTheStart: boolean;
  begin(collector: Collector): Promise<void>;
  end(collector: Collector): Promise<void>;
}

interface Started {
  collector: Collector;
  server: RunningServer;
  dropped: Map<string, number>;
}

function countDrops(dropped: Map<string, number>, line: string): void {
  const { message, reason, count } = JSON.parse(line);
  if (message === 'spans dropped') dropped.set(reason, (dropped.get(reason) ?? 0) + count);
}

async function startOne(
  { bundles }: Ground,
  { exporter, env }: Outage,
  collector: Collector,
): Promise<Started> {
  const dropped = new Map<string, number>();
  const { env: own, ...variant } = bundleVariant(exporter, 'root', { bundles, ...collector });
  const server = await startServer(
    { ...variant, env: { ...own, OTEL_BSP_SCHEDULE_DELAY: '500', ...env } },
    undefined,
    { path: '/healthz', onLine: line => countDrops(dropped, line) },
  );
  return { collector, server, dropped };
}

async function finish({ collector, server, dropped }: Started, load: SteadyAsking): Promise<Twin> {
  const results = await load.stop();
  const { anonymous } = server.memory();
  const exitCode = await server.stop();
  const traces = await collector.traces();
  const { duplicates, tooSoon } = await collector.counts();
  return { results, dropped, anonymous, exitCode, traces, duplicates, tooSoon };
}

async function runCourse(
  outage: Outage,
  failing: Started,
  well: Started,
  { rate, calmMs, faultMs }: Course,
): Promise<Twins> {
  const loads = [failing, well].map(({ server }) => new SteadyAsking(server.url, rate));
  const [failingLoad, wellLoad] = loads as [SteadyAsking, SteadyAsking];
  await pause(calmMs);
  const began = performance.now();
  if (!outage.isThereFromTheStart) await outage.begin(failing.collector);
  await pause(faultMs);
  await outage.end(failing.collector);
  const ended = performance.now();
  await pause(calmMs);
  const twins = { failing: await finish(failing, failingLoad), well: await finish(well, wellLoad) };
  return { ...twins, fault: { began, ended } };
}

export async function runTwins(ground: Ground, outage: Outage, course: Course): Promise<Twins> {
  const collectors = await Promise.all([Collector.start(undefined), Collector.start(undefined)]);
  const servers: RunningServer[] = [];
  const start = async (collector: Collector) => {
    const started = await startOne(ground, outage, collector);
    servers.push(started.server);
    return started;
  };
  try {
    if (outage.isThereFromTheStart) await outage.begin(collectors[0]);
    const failing = await start(collectors[0]);
    const well = await start(collectors[1]);
    return await runCourse(outage, failing, well, course);
  } finally {
    await Promise.all(servers.map(server => server.kill()));
    await Promise.all(collectors.map(collector => collector.stop()));
  }
}
