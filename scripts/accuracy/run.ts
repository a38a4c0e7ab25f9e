import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagnose } from '../../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import { faultsOf } from './expected.ts';
import { naming } from './naming.ts';
import type { Options, SetName } from './options.ts';
import { samplings, warmUps } from './plan.ts';
import { prediction } from './prediction.ts';
import type { Results } from './report.ts';
import { type Running, startRunning } from './running.ts';
import { type Asked, sample, warmUp } from './sampling.ts';

/** Runs every set, and version 2 beside each, so that both are measured at the same time. */
export async function run(options: Options, say: (line: string) => void): Promise<Results> {
  const results: Results = { naming: [], predictions: [] };
  say('none: starting');
  const without = await startRunning([]);
  try {
    await warmUp(without, warmUps(options));
    for (const set of options.sets) await runSet(set, { options, without, say, results });
  } finally {
    await without.stop();
  }
  return results;
}

/** Version 2 answers soon, so that its median can be of more requests than there are with faults. */
const besidePerTurn = 3;

interface Surroundings {
  options: Options;
  /** Version 2, running. */
  without: Running;
  say(line: string): void;
  results: Results;
}

async function runSet(set: SetName, surroundings: Surroundings): Promise<void> {
  const { options, without, say } = surroundings;
  if (set === 'none') return measure(set, [{ running: without, perTurn: 1 }], surroundings);
  say(`${set}: starting`);
  const running = await startRunning(faultsOf(set));
  try {
    await warmUp(running, warmUps(options));
    const asked = [
      { running, perTurn: 1 },
      { running: without, perTurn: besidePerTurn },
    ];
    await measure(set, asked, surroundings);
  } finally {
    await running.stop();
  }
}

async function measure(set: SetName, asked: readonly Asked[], surroundings: Surroundings): Promise<void> {
  const { options, say, results } = surroundings;
  for (const { route, count } of samplings(set, options)) {
    say(`${set}: ${count} × ${route}`);
    const [traces = [], beside = []] = await sample(asked, route, count);
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
