/** `npm run e2e`: what the README promises, held against a real cluster. */
import { checks } from './checks.ts';
import { readOptions, UsageError, usage } from './options.ts';
import { Report } from './report.ts';
import { setUp } from './set-up.ts';

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    console.log(usage);
    return 0;
  }
  const report = new Report();
  const { run, tearDown } = await setUp(options);
  try {
    await checks(run, report, options);
  } finally {
    await tearDown();
  }
  console.log(`\n${report.summary()}`);
  return report.failures.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const usageError = error instanceof UsageError;
  console.error(usageError ? `${error.message}\n\n${usage}` : error instanceof Error ? error.message : error);
  process.exitCode = usageError ? 2 : 1;
}
