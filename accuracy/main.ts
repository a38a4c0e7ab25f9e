/** `npm run accuracy`: whether the diagnosis names each fault, and no other, and knows what it costs. */
import { availableParallelism, constants, loadavg } from 'node:os';
import { readOptions, UsageError, usage } from './options.ts';
import { asJson, asText, misses } from './report.ts';
import { run } from './run.ts';
import { stopAll } from './running.ts';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  warnIfBusy(say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopAll();
      process.exit(128 + constants.signals[signal]);
    });
  }
  const results = await run(options, say);
  process.stdout.write(options.json ? asJson(results) : asText(results));
  const missed = misses(results);
  for (const miss of missed) say(`missed: ${miss}`);
  return missed.length === 0 ? 0 : 1;
}

/** What else runs here makes the two stacks' medians jump, each by itself. */
function warnIfBusy(say: (line: string) => void): void {
  const [load = 0] = loadavg();
  if (load < availableParallelism() / 2) return;
  say(`this machine is busy (load ${load.toFixed(1)}): what is measured may be off`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
