import test from 'ava';
import { type Diagnosis, diagnose } from '../src/diagnosis/diagnose.ts';
import type { JaegerTrace } from '../src/diagnosis/jaeger.ts';
import { diagnoseAll } from '../src/diagnosis/set.ts';
import { flaws } from './helpers/faulty-plans.ts';
import { oddities } from './helpers/healthy-oddities.ts';
import { healthyPlan } from './helpers/healthy-plans.ts';
import { type Endpoint, type Random, randomFrom, run, type Step, type Style } from './helpers/systems.ts';

const styles: Style[] = ['new', 'old', 'opentracing'];
const requests = 10;

interface System {
  seed: number;
  random: Random;
  plan: Endpoint;
  /** The steps of one endpoint that its caller waits for. */
  steps: Step[];
  service: string;
  set(steps: Step[]): void;
}

function system(seed: number): System {
  const random = randomFrom(seed);
  const plan = healthyPlan(random);
  const waitedFor = (endpoint: Endpoint): Endpoint[] => [
    endpoint,
    ...endpoint.steps.flatMap(step => (step.does === 'call' ? waitedFor(step.to) : [])),
  ];
  const endpoints = waitedFor(plan);
  const at = endpoints[Math.floor(random() * endpoints.length)] as Endpoint;
  const set = (steps: Step[]) => {
    at.steps = steps;
  };
  return { seed, random, plan, steps: at.steps, service: at.service, set };
}

const request = ({ seed, random, plan }: System, i: number): JaegerTrace => {
  const style = styles[seed % styles.length] as Style;
  return run(plan, { random, style, pauses: 0.02 }, `${seed}x${i}`, 1.7e12 + i * 1_000);
};

/** One system's requests beside each other, the next one's each by itself. */
const diagnosed = (traces: JaegerTrace[], together: boolean): readonly Diagnosis[] =>
  together ? diagnoseAll(traces).diagnoses : traces.map(trace => diagnose(trace));

const said = (diagnoses: readonly Diagnosis[]): string[] =>
  diagnoses.flatMap(({ tree, findings }) =>
    findings.map(({ kind, sentence }) => `${tree.traceId}: ${kind}: ${sentence}`),
  );

test('in a thousand requests of a hundred healthy systems nothing is found', t => {
  for (let seed = 1; seed <= 100; seed++) {
    const healthy = system(seed);
    const traces = Array.from({ length: requests }, (_, i) => request(healthy, i));
    t.deepEqual(said(diagnosed(traces, seed % 2 === 0)), []);
  }
});

for (const [oddity, stepsOf] of Object.entries(oddities)) {
  test(`nothing is found in ${oddity}`, t => {
    for (let seed = 1; seed <= 12; seed++) {
      const odd = system(seed);
      odd.set([{ does: 'work', ms: 5 }, ...stepsOf(odd.random), { does: 'work', ms: 5 }]);
      const traces = Array.from({ length: requests }, (_, i) => request(odd, i));
      t.deepEqual(said(diagnosed(traces, seed % 2 === 0)), []);
    }
  });
}

for (const [name, { kind, service, steps, without, inSets = without !== undefined }] of Object.entries(
  flaws,
)) {
  test(`${kind} is found, before anything else, in ${name}`, t => {
    for (let seed = 1; seed <= 12; seed++) {
      const flawed = system(seed);
      const healthy = [...flawed.steps, ...(without ?? [])];
      const faulty: Step[] = [
        { does: 'work', ms: 1 },
        ...steps(flawed.random),
        { does: 'work', ms: 1 },
        ...flawed.steps,
      ];
      const traces = Array.from({ length: requests }, (_, i) => {
        flawed.set(without === undefined || i === 7 ? faulty : healthy);
        return request(flawed, i);
      });
      const diagnoses = diagnosed(traces, inSets || seed % 2 === 0);
      for (const { findings } of without === undefined ? diagnoses : diagnoses.slice(7, 8)) {
        const [first] = findings;
        t.is(first?.kind, kind, `system ${seed}`);
        t.true(first?.spans.some(node => node.service === (service ?? flawed.service)));
      }
    }
  });
}
