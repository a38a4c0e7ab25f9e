import { type Bench, Failures, type Table } from '../figures.ts';
import { inTurns } from '../rounds.ts';
import { type RunningServer, startServer } from '../server.ts';
import { quantileOfSorted } from '../statistics.ts';
import { steadyLoad } from '../steady-load.ts';
import { bundleVariant } from '../variants.ts';

const rate = 200;
const ways = ['root itself', 'through the gateway'] as const;

async function startBoth({ cores, places, variants }: Bench): Promise<RunningServer[]> {
  const root = await startServer(variants.jaeger, cores.server);
  const { env, ...rest } = bundleVariant('jaeger', 'gateway', places);
  return [root, await startServer({ ...rest, env: { ...env, ROOT_URL: root.url } }, cores.server)];
}

/** How much longer the median request takes through the gateway than at root itself, both traced. */
export async function gatewayShare(bench: Bench): Promise<Table> {
  const servers = await startBoth(bench);
  const failures = new Failures();
  const half = async (way: (typeof ways)[number]) => {
    const url = servers[ways.indexOf(way)]?.url ?? '';
    const { latencies, failed } = await steadyLoad(url, rate, bench.quick ? 1 : 2);
    failures.add(way, failed);
    return quantileOfSorted(latencies, 0.5);
  };
  try {
    const halves = await inTurns(ways, bench.quick ? 3 : 8, half, 2);
    const [direct, through] = [halves['root itself'], halves['through the gateway']];
    const share = through.map((time, round) => time - (direct[round] ?? Number.NaN));
    const notes = [`${rate} requests a second; gateway and root on the same core`];
    return {
      title: 'gateway’s own share of a request, p50',
      unit: 'ms',
      rounds: { ...halves, share },
      notes,
      failures,
    };
  } finally {
    await Promise.all(servers.map(server => server.kill()));
  }
}
