import type { Scenario } from './scenario.ts';
import { bodies } from './scenarios/bodies.ts';
import { collector } from './scenarios/collector.ts';
import { faultyFunction } from './scenarios/function.ts';
import { hostile } from './scenarios/hostile.ts';
import { redis } from './scenarios/redis.ts';
import { stopping } from './scenarios/stopping.ts';
import { upstream } from './scenarios/upstream.ts';

export const scenarios: readonly Scenario[] = [
  stopping,
  bodies,
  redis,
  upstream,
  faultyFunction,
  collector,
  hostile,
];

export const scenarioNames = scenarios.map(({ name }) => name);
