import { type Bench, Failures, type Table } from '../figures.ts';
import type { FirstRequest } from '../first-answer.ts';
import { jsonPost } from '../requests.ts';
import { inTurns } from '../rounds.ts';
import { startServer } from '../server.ts';
import { descriptions, type VariantName, variantNames } from '../variants.ts';

const traced: readonly VariantName[] = ['node-sdk', 'zero-code', 'packed', 'jaeger', 'otlp'];

/** How many of the requests that were answered have come to the collector as a trace. */
class Arrived {
  readonly #answered = new Map<VariantName, number>();
  readonly #traces = new Map<VariantName, number>();

  add(name: VariantName, answered: number, tracesBySpans: Record<number, number>): void {
    const traces = Object.values(tracesBySpans).reduce((sum, count) => sum + count, 0);
    this.#answered.set(name, (this.#answered.get(name) ?? 0) + answered);
    this.#traces.set(name, (this.#traces.get(name) ?? 0) + traces);
  }

  notes(): string[] {
    return [...this.#answered.keys()].map(name => {
      const [traces = 0, answered = 0] = [this.#traces.get(name), this.#answered.get(name)];
      return `${descriptions[name]}: ${traces} traces arrived of ${answered} requests`;
    });
  }
}

async function measureRates(
  { quick, cores, collector, variants, fullLoad }: Bench,
  names: readonly VariantName[],
  request?: FirstRequest,
): Promise<Pick<Table, 'rounds' | 'notes' | 'failures'>> {
  const arrived = new Arrived();
  const failures = new Failures();
  const measure = async (name: VariantName) => {
    await collector.reset();
    const server = await startServer(variants[name], cores.server);
    const warmUp = await fullLoad(server.url, quick ? 1 : 2, request);
    const load = await fullLoad(server.url, quick ? 2 : 4, request);
    await server.stop();
    failures.add(descriptions[name], warmUp.failed + load.failed);
    // And the first answer, which is how the server's start was seen.
    const answered = 1 + warmUp.answered + load.answered;
    if (traced.includes(name)) arrived.add(name, answered, (await collector.counts()).tracesBySpans);
    return load.rate;
  };
  const rounds = await inTurns(names, quick ? 2 : 6, measure);
  return { rounds, notes: arrived.notes(), failures };
}

/** Requests a second at full load: ten connections, each with its next request as soon as it can. */
export async function throughput(bench: Bench): Promise<Table> {
  return {
    title: 'requests a second, at full load',
    unit: '1/s',
    ...(await measureRates(bench, variantNames)),
  };
}

/** The same with POSTs of 1 kB of JSON, which the function parses and sends back. */
export async function postThroughput(bench: Bench): Promise<Table> {
  const names = ['framework', 'bundled-framework', 'untraced', 'jaeger', 'otlp'] as const;
  const rates = await measureRates(bench, names, jsonPost);
  return { title: 'POSTs of 1 kB of JSON a second, at full load', unit: '1/s', ...rates };
}
