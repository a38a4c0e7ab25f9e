import { coldStart } from './checks/cold-start.ts';
import { edges } from './checks/edges.ts';
import { lossless } from './checks/lossless.ts';
import { networkPolicy } from './checks/network-policy.ts';
import { primaryReturns, secondaries } from './checks/redis.ts';
import { contract } from './checks/routes.ts';
import { speed } from './checks/speed.ts';
import { split } from './checks/split.ts';
import { scaleToZero, stopPods } from './checks/traffic.ts';
import type { Options } from './options.ts';
import { progress, type Report } from './report.ts';
import { deploy, type Run } from './run.ts';

type Check = [title: string, run: (run: Run) => Promise<string | undefined>];

/** With knative/ as it is: v2. */
const ofV2: Check[] = [
  ['every route answers as the contract says', contract],
  ['one trace has the functions’ edges, and Knative’s spans between them', edges],
  ['what /redis stored is on each secondary', secondaries],
  ['a lost primary comes back with its data', primaryReturns],
  ['a cold request’s trace has the cold starts and the activator’s wait', coldStart],
  ['no span is lost when revisions scale to zero under traffic', run => lossless(run, scaleToZero)],
  ['no span is lost when pods are stopped under traffic', run => lossless(run, stopPods)],
];

/** With overlays/split: v1 and v2 beside each other. */
const ofSplit: Check[] = [
  ['v2 is faster than v1, warm, as the fault table says', speed],
  ['traffic is split in halves, by faas.version', split],
];

/** Runs every check that was asked for, one after the other. */
export async function checks(
  run: Run,
  report: Report,
  { only, networkPolicy: withPolicy }: Options,
): Promise<void> {
  const asked = ([title]: Check) => only.test(title);
  for (const [title, check] of ofV2.filter(asked)) await report.check(title, () => check(run));
  const policy = 'with the network policies only who must reaches redis-primary';
  if (!withPolicy) report.skip(policy, 'since --network-policy is not given');
  else if (only.test(policy)) await report.check(policy, () => networkPolicy(run));
  const ofBoth = ofSplit.filter(asked);
  if (ofBoth.length === 0) return;
  await report.check('overlays/split is ready, v1 and then both', async () => {
    progress('applying overlays/split/v1, then overlays/split');
    await deploy(run.namespace, 'overlays/split/v1');
    await deploy(run.namespace, 'overlays/split');
    return undefined;
  });
  for (const [title, check] of ofBoth) await report.check(title, () => check(run));
}
