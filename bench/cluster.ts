/** `npm run bench:cluster`: what a request to a function at zero costs on a real Knative. */
import { clusterUsage, readClusterOptions } from './cluster/options.ts';
import { clusterJson, clusterOutcomes, clusterText } from './cluster/report.ts';
import { runOnCluster } from './cluster/run.ts';
import { UsageError } from './options.ts';

async function main(): Promise<number> {
  const options = readClusterOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(clusterUsage);
    return 0;
  }
  const say = (line: string) => void process.stderr.write(`bench: ${line}\n`);
  const results = await runOnCluster(options, say);
  process.stdout.write(options.json ? clusterJson(results) : clusterText(results));
  return clusterOutcomes(results).some(({ verdict }) => verdict === 'missed') ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(
    `${error instanceof Error ? error.message : error}\n${isUsage ? `\n${clusterUsage}` : ''}`,
  );
  process.exitCode = isUsage ? 2 : 1;
}
