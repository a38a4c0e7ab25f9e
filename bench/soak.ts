/** `npm run bench:soak`: what only a long run shows. */
import { parseArgs } from 'node:util';
import { bundleAll, installBaselines } from './baselines.ts';
import { Collector } from './collector.ts';
import { takeCores } from './cores.ts';
import { fullLoadFrom } from './full-load.ts';
import { functionNames } from './functions.ts';
import { describeMachine } from './machine.ts';
import { UsageError } from './options.ts';
import { collectorAway } from './soak/collector-away.ts';
import { type Part, troubles } from './soak/part.ts';
import { soakJson, soakText } from './soak/report.ts';
import { type Route, soakRoute } from './soak/routes.ts';

const usage = `usage: npm run bench:soak [-- [options] [part …]]

Root at 200 requests/s for 30 minutes with its collector away, then the gateway
at 800 requests/s to root for ten minutes, and each other route at 70 % of what
it can do for five. Says what failed, which traces were lost, and how memory
went; the exit status is 1 if anything failed, was lost or grew. Takes an hour.

  --quick  a sixtieth of it: half a minute, ten seconds, five seconds
  --json   the results as JSON
  --help   this text

parts: away, routes; both if none is given
`;

const partNames = ['away', 'routes'];

const awayMinutes = 30;
const routes: Route[] = [
  { path: '/', rate: 800, minutes: 10 },
  { path: '/beta', minutes: 5 },
  { path: '/redis', minutes: 5 },
  { path: '/alpha', minutes: 5 },
  { path: '/all', minutes: 5 },
];

function readOptions(args: string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = { quick: flag, json: flag, help: flag };
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const unknown = positionals.find(name => !partNames.includes(name));
    if (unknown !== undefined)
      throw new Error(`there is no part ${unknown}; there are: ${partNames.join(', ')}`);
    return { ...values, wanted: positionals.length === 0 ? partNames : positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const say = (line: string) => void process.stderr.write(`soak: ${line}\n`);

async function main(): Promise<number> {
  const { quick, json, help, wanted } = readOptions(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage);
    return 0;
  }
  const scale = quick ? 1 / 60 : 1;
  const fullLoad = fullLoadFrom(await installBaselines(say));
  const bundles = await bundleAll(functionNames, say);
  const cores = takeCores();
  const machine = describeMachine(cores);
  const parts: Part[] = [];
  if (wanted.includes('away')) {
    say('root, collector away');
    parts.push(await collectorAway(bundles, cores, awayMinutes * scale));
  }
  const collector = await Collector.start(cores.collector, true);
  try {
    for (const route of wanted.includes('routes') ? routes : []) {
      say(`gateway ${route.path}`);
      const minutes = route.minutes * scale;
      parts.push(await soakRoute({ ...route, minutes }, { bundles, cores, collector }, fullLoad));
    }
  } finally {
    await collector.stop();
  }
  process.stdout.write(json ? soakJson(machine, parts) : soakText(machine, parts));
  return parts.flatMap(troubles).length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
