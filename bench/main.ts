/** `npm run bench`: what tracing costs, measured against others. */
import { readOptions, UsageError, usage } from './options.ts';
import { asJson, asText, misses } from './report.ts';
import { run } from './run.ts';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const say = (line: string) => void process.stderr.write(`bench: ${line}\n`);
  const results = await run(options, say);
  process.stdout.write(options.json ? asJson(results) : asText(results));
  return options.quick || misses(results).length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
