/** `npm run test:faults`: that requests are answered and traces come whole, whatever fails. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunction } from '../scripts/bundle.ts';
import { functionNames } from '../scripts/function-names.ts';
import { type Options, readOptions, UsageError, usage } from './options.ts';
import { asJson, asText, type Row, verdictOf, withVerdict } from './report.ts';
import type { Check, Ground, Outcome } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const say = (line: string) => void process.stderr.write(`faults: ${line}\n`);

/** What a check throws is its problem, and does not keep the next from running. */
async function outcomeOf(check: Check, ground: Ground): Promise<Outcome> {
  try {
    return await check.run(ground);
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { requests: 0, answered: 0, whole: undefined, seen: '', problems: [problem] };
  }
}

async function runAll({ scenarios: names, only, short }: Options, bundles: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, checks } of scenarios.filter(each => names.includes(each.name))) {
    for (const check of checks.filter(({ title }) => only.test(title))) {
      const began = performance.now();
      const outcome = await outcomeOf(check, { short, bundles, say });
      const seconds = Math.round(performance.now() - began) / 1_000;
      const why = outcome.problems.length > 0 ? outcome.problems.join('; ') : outcome.skipped;
      const verdict = verdictOf(outcome) + (why === undefined ? '' : `: ${why}`);
      say(`${name}: ${check.title}: ${verdict} (${seconds.toFixed(1)} s)`);
      rows.push({ scenario: name, title: check.title, seconds, ...outcome });
    }
  }
  return rows;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  const bundles = mkdtempSync(join(tmpdir(), 'traced-functions-faults-'));
  try {
    for (const name of functionNames()) {
      say(`bundling ${name}`);
      await bundleFunction(name, join(bundles, name));
    }
    const rows = await runAll(options, bundles);
    process.stdout.write(options.json ? asJson(rows) : asText(rows));
    return rows.length > 0 && withVerdict(rows, 'FAILED').length === 0 ? 0 : 1;
  } finally {
    rmSync(bundles, { recursive: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : error}\n${isUsage ? `\n${usage}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
