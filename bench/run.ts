import { bundleAll, installBaselines } from './baselines.ts';
import { Collector } from './collector.ts';
import { takeCores } from './cores.ts';
import { type Bench, type Figure, type FigureName, figureNames } from './figures.ts';
import { fullLoadFrom } from './full-load.ts';
import { makeHello } from './hello.ts';
import { describeMachine } from './machine.ts';
import { coldStart, coldStartToEvent, coldStartToPost, coldStartWithQuarter } from './measure/cold-start.ts';
import { gatewayShare } from './measure/gateway-share.ts';
import { imageSize } from './measure/image-size.ts';
import { memory } from './measure/memory.ts';
import { npmStart } from './measure/npm-start.ts';
import { firstRequests, tailLatency } from './measure/tail-latency.ts';
import { postThroughput, throughput } from './measure/throughput.ts';
import type { Options } from './options.ts';
import type { Results } from './report.ts';
import { helloVariants } from './variants.ts';

const measurements: Record<FigureName, (bench: Bench) => Promise<Figure>> = {
  'cold-start': coldStart,
  'cold-start-post': coldStartToPost,
  'cold-start-event': coldStartToEvent,
  'cold-start-quarter': coldStartWithQuarter,
  throughput,
  'throughput-post': postThroughput,
  p99: tailLatency,
  'first-requests': firstRequests,
  memory,
  'gateway-share': gatewayShare,
  'npm-start': npmStart,
  image: imageSize,
};

/**
 * Measures the figures sequentially.
 * @throws where one can't be measured that should be: a server that does not start, a request that fails
 */
export async function run({ figures, quick }: Options, say: (line: string) => void): Promise<Results> {
  const baselines = await installBaselines(say);
  const bundles = await bundleAll(['root', 'gateway'], say);
  await makeHello(baselines, bundles, say);
  const cores = takeCores();
  const machine = describeMachine(cores);
  const collector = await Collector.start(cores.collector);
  try {
    const { thrift, otlp } = collector;
    const places = { baselines, bundles, thrift, otlp };
    const variants = helloVariants(places);
    const fullLoad = fullLoadFrom(baselines);
    const bench = { quick, cores, collector, places, variants, fullLoad };
    const results: Results = { machine, quick, figures: {} };
    for (const name of figureNames.filter(each => figures.includes(each))) {
      say(`measuring ${name}`);
      results.figures[name] = await measurements[name](bench);
    }
    return results;
  } finally {
    await collector.stop();
  }
}
