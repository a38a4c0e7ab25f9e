import { type Bench, Failures, type Table } from '../figures.ts';
import { inTurns } from '../rounds.ts';
import { startServer } from '../server.ts';
import { quantileOfSorted } from '../statistics.ts';
import { steadyLoad } from '../steady-load.ts';
import { descriptions, type VariantName, variantNames } from '../variants.ts';

const rate = 800;

/** The 99th percentile of the first 200 requests that a process gets, in its first second. */
export async function firstRequests({ quick, cores, variants }: Bench): Promise<Table> {
  const failures = new Failures();
  const measure = async (name: VariantName) => {
    const server = await startServer(variants[name], cores.server);
    const load = await steadyLoad(server.url, 200, 1);
    await server.kill();
    failures.add(descriptions[name], load.failed);
    return quantileOfSorted(load.latencies, 0.99);
  };
  const names = ['framework', 'bundled-framework', 'packed', 'untraced', 'jaeger', 'otlp'] as const;
  const rounds = await inTurns(names, quick ? 3 : 15, measure);
  const notes = ['200 requests a second, right after the first 200'];
  return { title: 'p99 of the first 200 requests', unit: 'ms', rounds, notes, failures };
}

/** The 99th percentile of the time to an answer's end, at a constant rate, after a second of the same. */
export async function tailLatency(bench: Bench): Promise<Table> {
  const { quick, cores, variants } = bench;
  const failures = new Failures();
  let lagMs = 0;
  const measure = async (name: VariantName) => {
    const server = await startServer(variants[name], cores.server);
    await steadyLoad(server.url, rate, quick ? 1 : 2);
    const load = await steadyLoad(server.url, rate, quick ? 2 : 5);
    await server.kill();
    failures.add(descriptions[name], load.failed);
    lagMs = Math.max(lagMs, load.lagMs);
    return quantileOfSorted(load.latencies, 0.99);
  };
  const rounds = await inTurns(variantNames, quick ? 2 : 6, measure);
  const notes = [
    'open loop: a request is sent when it is due, whatever became of the ones before',
    `the sender itself was late by at most ${lagMs.toFixed(1)} ms for 99 % of a run’s requests`,
  ];
  return { title: `p99 at ${rate} requests a second`, unit: 'ms', rounds, notes, failures };
}
