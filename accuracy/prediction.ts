/** Whether mending a fault saves what was said that it would. */
import { type Diagnosis, whatIf } from '../packages/traced/src/diagnosis/diagnose.ts';
import { faultsOn, isOf, type Route } from './expected.ts';
import type { SetName } from './options.ts';

export interface Prediction {
  set: SetName;
  route: Route;
  /** With the faults. */
  traces: number;
  /** Medians in µs: with the faults, as they would be without, as they are without. */
  before: number;
  predicted: number;
  measured: number;
  /** Predicted to measured. */
  ratio: number;
  /** The same of what mending saves, that is, of `before` less each. */
  savingRatio: number;
}

/** How far the prediction may be from the measurement. */
export const tolerance = 0.15;

export function prediction(
  set: SetName,
  route: Route,
  withFaults: readonly Diagnosis[],
  without: readonly Diagnosis[],
): Prediction {
  const on = faultsOn(set, route);
  const predicted = median(
    withFaults.map(({ tree, findings }) =>
      whatIf(
        tree,
        findings.filter(finding => on.some(fault => isOf(finding, fault))),
      ),
    ),
  );
  const measured = median(without.map(({ duration }) => duration));
  const before = median(withFaults.map(({ duration }) => duration));
  return {
    set,
    route,
    traces: withFaults.length,
    before,
    predicted,
    measured,
    ratio: predicted / measured,
    savingRatio: (before - predicted) / (before - measured),
  };
}

export function missesOfPrediction({ set, route, ratio }: Prediction): string[] {
  const percent = Math.round((ratio - 1) * 100);
  if (Math.abs(ratio - 1) <= tolerance) return [];
  return [
    `${set} on ${route}: what mending saves was ${Math.abs(percent)} % ${percent > 0 ? 'over' : 'under'}`,
  ];
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
