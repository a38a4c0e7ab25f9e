/** How often each fault was named at its span, and what else was said. */

import type { Fault } from '../functions/shared/faults.ts';
import type { Diagnosis } from '../packages/traced/src/diagnosis/diagnose.ts';
import type { Finding } from '../packages/traced/src/diagnosis/findings.ts';
import { faultsOn, isHidden, isOf, names, type Route } from './expected.ts';
import type { SetName } from './options.ts';

export interface Naming {
  set: SetName;
  route: Route;
  traces: number;
  /** For each fault that is on and that this route can show. */
  faults: { fault: Fault; named: number; first: number }[];
  /** `kind service operation` and how often it was found. */
  findings: { text: string; count: number; right: boolean }[];
  /** Right findings of all findings, 0 to 1; undefined where nothing was found. */
  precision: number | undefined;
  /** Named faults of all that should have been; undefined where none should. */
  recall: number | undefined;
}

export function naming(set: SetName, route: Route, diagnoses: readonly Diagnosis[]): Naming {
  const on = faultsOn(set, route);
  const faults = on.map(fault => ({
    fault,
    named: diagnoses.filter(({ findings }) => findings.some(each => names(each, fault))).length,
    first: diagnoses.filter(({ findings: [first] }) => first !== undefined && names(first, fault)).length,
  }));
  const findings = counted(
    diagnoses.flatMap(each => each.findings),
    on,
  );
  const all = sum(findings.map(({ count }) => count));
  const right = sum(findings.map(each => (each.right ? each.count : 0)));
  const due = faults.filter(({ fault }) => !isHidden(fault, set, route));
  const named = sum(due.map(each => each.named));
  return {
    set,
    route,
    traces: diagnoses.length,
    faults,
    findings,
    precision: all === 0 ? undefined : right / all,
    recall: due.length === 0 ? undefined : named / (due.length * diagnoses.length),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

function counted(findings: readonly Finding[], on: readonly Fault[]): Naming['findings'] {
  const counts = new Map<string, Naming['findings'][number]>();
  for (const finding of findings) {
    const right = on.some(fault => isOf(finding, fault));
    const text = `${finding.kind} ${finding.service} ${finding.operation}`;
    const key = `${right} ${text}`;
    const entry = counts.get(key) ?? { text, count: 0, right };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()].sort((a, b) => Number(b.right) - Number(a.right) || b.count - a.count);
}

/** What should have been otherwise, a sentence each. */
export function missesOfNaming({ set, route, traces, faults, findings }: Naming): string[] {
  const misses: string[] = [];
  for (const { fault, named, first } of faults) {
    if (isHidden(fault, set, route)) continue;
    const where = set === fault ? `${fault} on ${route}` : `${fault} among ${set} on ${route}`;
    if (named < traces) misses.push(`${where}: named in ${named} of ${traces} traces`);
    else if (set !== 'all' && first < traces) misses.push(`${where}: first in ${first} of ${traces} traces`);
  }
  for (const { text, count, right } of findings) {
    if (!right) misses.push(`${set} on ${route}: ${text} was found in error, ${count} times`);
  }
  return misses;
}
