import { type Bench, Failures, megabytes, type Table } from '../figures.ts';
import { type Memory, startServer } from '../server.ts';
import { steadyLoad } from '../steady-load.ts';
import { descriptions, type VariantName } from '../variants.ts';

const rate = 800;

/** Two in parallel, which is still far from all that a core can do. */
const pairs: [VariantName, VariantName][] = [
  ['framework', 'otlp'],
  ['node-sdk', 'jaeger'],
  ['plain', 'zero-code'],
];

/** Memory after a minute of load: the process's own, since about 45 MB more are pages of Node's file, whatever it runs. */
export async function memory(bench: Bench): Promise<Table> {
  const seconds = bench.quick ? 10 : 60;
  const rounds: Table['rounds'] = {};
  const resident: string[] = [];
  const failures = new Failures();
  const measure = async (name: VariantName): Promise<Memory> => {
    const server = await startServer(bench.variants[name], bench.cores.server);
    const { failed } = await steadyLoad(server.url, rate, seconds);
    failures.add(descriptions[name], failed);
    const used = server.memory();
    await server.kill();
    return used;
  };
  for (const pair of pairs) {
    const used = await Promise.all(pair.map(measure));
    for (const [at, name] of pair.entries()) {
      rounds[name] = [megabytes(used[at]?.anonymous ?? 0)];
      resident.push(`${name} ${megabytes(used[at]?.resident ?? 0).toFixed(1)}`);
    }
  }
  const notes = [
    'of its own (RssAnon); two variants at a time, each with its own load',
    `resident (VmRSS), with the pages of Node’s own file, in MB: ${resident.join(', ')}`,
  ];
  return {
    title: `memory of its own after ${seconds} s at ${rate} requests a second`,
    unit: 'MB',
    rounds,
    notes,
    failures,
  };
}
