import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagnose } from '../packages/traced/src/diagnosis/diagnose.ts';
import type { JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';
import { faultsOf } from './expected.ts';
import { naming } from './naming.ts';
import type { Options, SetName } from './options.ts';
import { samplings, warmUps } from './plan.ts';
import { prediction } from './prediction.ts';
import type { Results } from './report.ts';
import { type Running, startRunning } from './running.ts';
import { sample, warmUp } from './sampling.ts';

/** Runs every set, and version 2 beside each, so that both are measured at the same time. */
export async function run(options: Options, say: (line: string) => void): Promise<Results> {
  const results: Results = { naming: [], predictions: [] };
  for (const set of options.sets) await runSet(set, { options, say, results });
  return results;
}

interface Surroundings {
  options: Options;
  say(line: string): void;
  results: Results;
}

/** Both stacks are new, and get the same: code that has run less is slower. */
async function runSet(set: SetName, surroundings: Surroundings): Promise<void> {
  const { options, say } = surroundings;
  const stacks = set === 'none' ? [[]] : [faultsOf(set), []];
  say(`${set}: starting`);
  const running: Running[] = [];
  try {
    for (const faults of stacks) running.push(await startRunning(faults));
    await Promise.all(running.map(each => warmUp(each, warmUps(options))));
    await measure(set, running, surroundings);
  } finally {
    await Promise.all(running.map(each => each.stop()));
  }
}

async function measure(set: SetName, running: readonly Running[], surroundings: Surroundings): Promise<void> {
  const { options, say, results } = surroundings;
  for (const { route, count } of samplings(set, options)) {
    say(`${set}: ${count} × ${route}`);
    const [traces = [], beside = []] = await sample(running, route, count);
    if (options.keep !== undefined) {
      keep(options.keep, `${set}.${route}`, traces);
      if (beside.length > 0) keep(options.keep, `beside-${set}.${route}`, beside);
    }
    const diagnoses = traces.map(each => diagnose(each));
    results.naming.push(naming(set, route, diagnoses));
    if (isPredicted(set)) {
      results.predictions.push(
        prediction(
          set,
          route,
          diagnoses,
          beside.map(each => diagnose(each)),
        ),
      );
    }
  }
}

/** Of an answer that failed, nobody can say how long it would have taken. */
const isPredicted = (set: SetName): boolean => set !== 'none' && set !== 'alpha-broken';

function keep(folder: string, name: string, traces: readonly JaegerTrace[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ data: traces }));
}
