import type { Scenario } from './scenario.ts';
import { collector } from './scenarios/collector.ts';
import { hostile } from './scenarios/hostile.ts';
import { stopping } from './scenarios/stopping.ts';

export const scenarios: readonly Scenario[] = [stopping, collector, hostile];

export const scenarioNames = scenarios.map(({ name }) => name);
