import type { Bench, Table } from '../figures.ts';
import { takeQuota } from '../quota.ts';
import { cloudEvent, jsonPost } from '../requests.ts';
import { inTurns } from '../rounds.ts';
import { type StartOptions, startServer } from '../server.ts';
import { helloVariants, type VariantName, variantNames } from '../variants.ts';

/** Those of the first POST and the first event: the others differ by the same as in the first GET. */
const withBodies: readonly VariantName[] = ['framework', 'bundled-framework', 'untraced', 'jaeger', 'otlp'];

async function measure(
  { cores }: Bench,
  variants: Bench['variants'],
  names: readonly VariantName[],
  rounds: number,
  options: StartOptions = {},
): Promise<Table['rounds']> {
  const start = async (name: VariantName) => {
    const server = await startServer(variants[name], cores.server, options);
    await server.kill();
    return server.startMs;
  };
  // What is not bundled keeps compiled code for its next start when it is stopped in order.
  for (const name of names.filter(each => each === 'packed'))
    await (await startServer(variants[name], cores.server, options)).stop();
  // The first round fills the system's file cache.
  return inTurns(names, rounds, start, 1);
}

/** From the spawn to the first 200, asked every millisecond, the files being in the system's cache. */
export async function coldStart(bench: Bench): Promise<Table> {
  const rounds = await measure(bench, bench.variants, variantNames, bench.quick ? 7 : 21);
  return { title: 'cold start: spawn to first 200', unit: 'ms', rounds, notes: [] };
}

/** The same to the response to a POST of 1 kB of JSON. */
export async function coldStartToPost(bench: Bench): Promise<Table> {
  const options = { first: jsonPost };
  const rounds = await measure(bench, bench.variants, withBodies, bench.quick ? 5 : 21, options);
  return { title: 'cold start to the first JSON POST', unit: 'ms', rounds, notes: [] };
}

/** The same to the response to a CloudEvent. */
export async function coldStartToEvent(bench: Bench): Promise<Table> {
  const variants = helloVariants(bench.places, 'event');
  const options = { first: cloudEvent };
  const rounds = await measure(bench, variants, withBodies, bench.quick ? 5 : 21, options);
  return { title: 'cold start to the first CloudEvent', unit: 'ms', rounds, notes: [] };
}

/** The first one with a quarter of a core. */
export async function coldStartWithQuarter(bench: Bench): Promise<Table> {
  const quota = takeQuota(0.25);
  try {
    const rounds = await measure(bench, bench.variants, variantNames, bench.quick ? 3 : 15, { quota });
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
