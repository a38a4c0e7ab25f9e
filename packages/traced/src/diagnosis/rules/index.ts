/**
 * The rules by which flaws are recognised, in the order in which they may claim spans: the most specific first. A new
 * rule is one file and one line here.
 */
import { brokenTraces } from './broken-trace.ts';
import { coldStarts } from './cold-start.ts';
import { connectionWaits } from './connection-wait.ts';
import type { Rule } from './context.ts';
import { errors } from './error.ts';
import { gaps } from './gap.ts';
import { lockWaits } from './lock-wait.ts';
import { networks } from './network.ts';
import { noReuse } from './no-reuse.ts';
import { oneByOne } from './one-by-one.ts';
import { pauses } from './pause.ts';
import { pollings } from './polling.ts';
import { queueing } from './queueing.ts';
import { repeatedCalls } from './repeated-call.ts';
import { retries } from './retries.ts';
import { serialCalls } from './serial-calls.ts';
import { slowDependencies } from './slow-dependency.ts';
import { stalls } from './stall.ts';
import { stragglers } from './straggler.ts';
import { underWay } from './under-way.ts';
import { unreachable } from './unreachable.ts';

export type { Context, Rule } from './context.ts';

export const rules: readonly Rule[] = [
  unreachable,
  retries,
  coldStarts,
  connectionWaits,
  pollings,
  oneByOne,
  noReuse,
  serialCalls,
  repeatedCalls,
  pauses,
  stalls,
  queueing,
  underWay,
  lockWaits,
  stragglers,
  slowDependencies,
  networks,
  gaps,
  errors,
  brokenTraces,
];
