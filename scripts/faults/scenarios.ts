import type { Scenario } from './scenario.ts';
import { stopping } from './scenarios/stopping.ts';

export const scenarios: readonly Scenario[] = [stopping];

export const scenarioNames = scenarios.map(({ name }) => name);
