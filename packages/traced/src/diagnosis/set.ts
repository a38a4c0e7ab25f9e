/** Reads a set of traces: each beside the others, and what they have in common. */

import { baselineOf } from './baseline.ts';
import { operationOf } from './calls.ts';
import { type Diagnosis, diagnoseTree } from './diagnose.ts';
import { type Explanations, explainSlow } from './explain.ts';
import type { Certainty, Finding, FindingKind } from './findings.ts';
import type { JaegerTrace } from './jaeger.ts';
import { judge, type Objective, type ObjectiveResult } from './objective.ts';
import { groupBy } from './sequence.ts';
import { median } from './statistics.ts';
import { buildTree, pathTo, type SpanNode } from './tree.ts';

/** The same finding in several traces: of one kind, at the same place of the tree. */
export interface FindingGroup {
  kind: FindingKind;
  /** Of the example. */
  certainty: Certainty;
  because: string;
  atMost: boolean;
  service: string;
  operation: string;
  /** Title, sentence and advice of the example. */
  title: string;
  sentence: string;
  advice: string;
  /** In how many traces it is. */
  traces: number;
  /** Medians over these, in µs; undefined where nothing can be said of the time. */
  cost: number;
  saving: number | undefined;
  /** All of them. */
  findings: readonly Finding[];
  /** Where it costs as much as in the median trace. */
  example: { diagnosis: Diagnosis; finding: Finding };
}

export interface SetDiagnosis {
  /** In the order of the traces given. */
  diagnoses: readonly Diagnosis[];
  /** What would save most over all of the traces first. */
  groups: readonly FindingGroup[];
  /** What the slow ones have in common that the others have not. */
  explanations?: Explanations;
  objective?: ObjectiveResult;
}

/**
 * Diagnoses traces of one system together: some flaws can only be seen beside other traces.
 * @param objective which the requests are to meet
 */
export function diagnoseAll(traces: readonly JaegerTrace[], objective?: Objective): SetDiagnosis {
  const trees = traces.map(buildTree);
  const baseline = trees.length > 1 ? baselineOf(trees) : undefined;
  const diagnoses = trees.map(tree => diagnoseTree(tree, baseline));
  const found = diagnoses.flatMap(diagnosis => diagnosis.findings.map(finding => ({ diagnosis, finding })));
  const groups = [...groupBy(found, placeOf).values()].map(toGroup);
  groups.sort((a, b) => weight(b) - weight(a));
  return {
    diagnoses,
    groups,
    ...(trees.length > 1 ? { explanations: explainSlow(trees, objective?.limit) } : {}),
    ...(objective === undefined ? {} : { objective: judge(objective, diagnoses, groups) }),
  };
}

type Found = FindingGroup['example'];

function placeOf({ finding }: Found): string {
  const [first] = finding.spans;
  // Knative's spans are named alike for all functions, and which of several waits was the longest is chance.
  const served = finding.evidence['for'];
  if (first !== undefined && served !== undefined)
    return JSON.stringify([finding.kind, served, pathTo(first)[0]?.name]);
  const path =
    first === undefined ? [] : fromServer(pathTo(first)).map(node => [node.service, operationOf(node)]);
  return JSON.stringify([finding.kind, path]);
}

/** From the nearest server or consumer down: whoever called it, the cause is the same. */
function fromServer(path: readonly SpanNode[]): readonly SpanNode[] {
  const at = path.findLastIndex(
    ({ kind }, i) => i < path.length - 1 && (kind === 'server' || kind === 'consumer'),
  );
  return path.slice(Math.max(0, at));
}

function toGroup(found: readonly Found[]): FindingGroup {
  const byCost = [...found].sort((a, b) => a.finding.cost - b.finding.cost);
  const example = byCost[(byCost.length - 1) >> 1] as Found;
  const { kind, certainty, because, service, operation, title, sentence, advice, cost } = example.finding;
  const savings = found.flatMap(({ finding }) => finding.saving ?? []);
  return {
    kind,
    certainty,
    because,
    atMost: example.finding.atMost === true,
    service,
    operation,
    title,
    sentence,
    advice,
    traces: new Set(found.map(({ diagnosis }) => diagnosis)).size,
    cost,
    saving: savings.length === 0 ? undefined : median(savings),
    findings: found.map(({ finding }) => finding),
    example,
  };
}

/** µs saved over all traces; what failed the whole request counts before all of that. */
function weight({ kind, traces, saving, example }: FindingGroup): number {
  const failed = kind === 'error' && example.finding.evidence['reachedRoot'] === true;
  return failed ? Number.MAX_SAFE_INTEGER : traces * (saving ?? 0);
}
