import type { Bench, Table } from '../figures.ts';
import { noQuota, type Quota, takeQuota } from '../quota.ts';
import { inTurns } from '../rounds.ts';
import { startServer } from '../server.ts';
import { variantNames } from '../variants.ts';

async function measure(bench: Bench, quota: Quota, rounds: number): Promise<Table['rounds']> {
  const start = async (name: (typeof variantNames)[number]) => {
    const server = await startServer(bench.variants[name], bench.cores.server, { quota });
    await server.kill();
    return server.startMs;
  };
  // The first round fills the system's file cache.
  return inTurns(variantNames, rounds, start, 1);
}

/** From the spawn to the first 200, asked every millisecond, the files being in the system's cache. */
export async function coldStart(bench: Bench): Promise<Table> {
  const rounds = await measure(bench, noQuota, bench.quick ? 7 : 21);
  return { title: 'cold start: spawn to first 200', unit: 'ms', rounds, notes: [] };
}

/** The same with a quarter of a core. */
export async function coldStartWithQuarter(bench: Bench): Promise<Table> {
  const quota = takeQuota(0.25);
  try {
    const rounds = await measure(bench, quota, bench.quick ? 3 : 15);
    return {
      title: 'cold start with a quarter of a core',
      unit: 'ms',
      rounds,
      notes: [`the quarter by ${quota.description}`],
    };
  } finally {
    quota.close();
  }
}
