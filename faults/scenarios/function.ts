/** A function that throws, hangs, dies: its own requests fail as the contract says, and nobody else's. */
import { setTimeout as pause } from 'node:timers/promises';
import { Collector } from '../../bench/collector.ts';
import { type Chain, quick, startChain } from '../chain.ts';
import {
  afterAnswer,
  block,
  leaveEarly,
  steadily,
  takeAllMemory,
  throwUncaught,
} from '../function/courses.ts';
import { bundleFaulty, startFaulty } from '../function/faulty.ts';
import {
  calledInVain,
  deadlineMs,
  type Findings,
  failedWith,
  judge,
  judgeBeside,
  type Scene,
} from '../function/scene.ts';
import { SteadyAsking } from '../load.ts';
import { Relay } from '../relay.ts';
import type { Check, Ground, Outcome, Scenario } from '../scenario.ts';
import { wholeness } from '../traces.ts';

interface FunctionFault {
  title: string;
  /** How much memory it may have, in MB. */
  memoryMb?: number;
  run(scene: Scene): Promise<Findings>;
}

const besideRate = 100;

async function observe(fault: FunctionFault, scene: Scene, chain: Chain): Promise<Outcome> {
  const beside = new SteadyAsking(`${chain.url}/`, besideRate);
  await pause(200);
  const findings = await fault.run(scene);
  await pause(200);
  const neighbours = judgeBeside(await beside.stop());
  const own = judge(findings.asked);
  const code = await scene.faulty.stop();
  const exits = await chain.stop();
  const answered = [...own.answered, ...neighbours.answered];
  const traces = await wholeness(scene.collector, answered);
  const left = await wholeness(scene.collector, findings.left ?? []);
  return {
    requests: findings.asked.length + beside.results.length,
    answered: answered.length,
    whole: traces.whole,
    seen: `${findings.seen}; ${neighbours.seen}`,
    problems: [
      ...own.problems,
      ...neighbours.problems,
      ...findings.problems,
      ...(code === 0 ? [] : [`the function ended with exit status ${code}`]),
      ...exits,
      ...traces.problems,
      ...left.problems,
    ],
  };
}

async function underFault(fault: FunctionFault, ground: Ground): Promise<Outcome> {
  await bundleFaulty(ground);
  const collector = await Collector.start(undefined);
  const env = { ...quick, REQUEST_TIMEOUT_MS: String(deadlineMs) };
  const start = () => startFaulty(ground, collector, env, fault.memoryMb);
  const faulty = await start();
  const port = () => Number(new URL(scene.faulty.url).port);
  const relay = await Relay.to(Number(new URL(faulty.url).port));
  const scene: Scene = {
    ground,
    collector,
    url: '',
    faulty,
    relay,
    async restart() {
      scene.faulty = await start();
      relay.pointTo(port());
      await relay.comeBack();
    },
  };
  let chain: Chain | undefined;
  try {
    chain = await startChain(ground, collector, ['root'], env, {
      ALPHA_URL: `http://127.0.0.1:${relay.port}`,
    });
    scene.url = `${chain.url}/alpha`;
    return await observe(fault, scene, chain);
  } finally {
    await chain?.stop();
    await relay.close();
    await Promise.all([scene.faulty.kill(), collector.stop()]);
  }
}

const faults: FunctionFault[] = [
  {
    title: 'a function throws',
    run: scene => steadily(scene, 'throws', { 500: failedWith(/^thrown at once$/) }),
  },
  {
    title: 'a function rejects',
    run: scene => steadily(scene, 'rejects', { 500: failedWith(/^rejected after a while$/) }),
  },
  {
    title: 'a function throws outside of its promise',
    run: throwUncaught,
  },
  {
    title: 'a function answers twice',
    run: scene => steadily(scene, 'answers-twice', { 200: afterAnswer(/headers after they are sent/) }),
  },
  {
    title: 'a function never answers',
    run: scene => steadily(scene, 'never-answers', { 504: calledInVain(/deadline of \d+ ms/) }),
  },
  { title: 'a function answers after its client left', run: leaveEarly },
  { title: 'a function runs out of memory', memoryMb: 48, run: takeAllMemory },
  { title: 'a function blocks its event loop for 5 s', run: block },
];

const check = (fault: FunctionFault): Check => ({
  title: fault.title,
  run: ground => underFault(fault, ground),
});

export const faultyFunction: Scenario = { name: 'function', checks: faults.map(check) };
