/** Reads a trace: where the time went, which of it was needless, and what mending it would save. */
import { callIn } from './calls.ts';
import { Costs } from './cost.ts';
import { criticalPath, heldBySpan, type PathSection } from './critical-path.ts';
import type { Finding, FindingKind, Observation } from './findings.ts';
import type { JaegerTrace } from './jaeger.ts';
import { merged } from './merge.ts';
import { allOf, replay } from './replay.ts';
import { type Rule, rules, type Sight } from './rules/index.ts';
import { type TimeUse, timeUse } from './time-use.ts';
import { buildTree, type SpanNode, type TraceTree } from './tree.ts';
import type { Usual } from './usual.ts';

export interface Diagnosis {
  tree: TraceTree;
  /** Of the tree's main root. */
  path: readonly PathSection[];
  /** What the request took, that is, its root: µs. */
  duration: number;
  time: TimeUse;
  /** The one that would save most first; errors that reached the root before all others. */
  findings: readonly Finding[];
  /** µs that the request would take if all findings were mended. */
  whatIf: number;
}

/**
 * Diagnoses one trace. No trace makes it throw.
 * @param usual what other traces of the same system are like (`usualOf`): some flaws can only be seen beside them
 */
export function diagnose(trace: JaegerTrace, usual?: Usual): Diagnosis {
  return diagnoseTree(buildTree(trace), usual);
}

/** The same of a trace whose tree is there already. */
export function diagnoseTree(tree: TraceTree, usual?: Usual): Diagnosis {
  const path = criticalPath(tree);
  const held = heldBySpan(path);
  const findings = rankedFindings(tree, { path, held }, usual);
  return {
    tree,
    path,
    duration: durationOf(tree),
    time: timeUse(tree, path, held),
    findings,
    whatIf: findings.length === 1 ? (findings[0]?.whatIf ?? durationOf(tree)) : whatIf(tree, findings),
  };
}

const durationOf = ({ root }: TraceTree): number => (root === undefined ? 0 : root.end - root.start);

/** µs that the request would take if these findings were mended together. */
export function whatIf(tree: TraceTree, findings: readonly Observation[]): number {
  return replay(tree, allOf(findings.map(({ change }) => change ?? {}))).duration;
}

/** A flaw that costs less is not worth a person's time: µs. */
const leastSaving = 1_000;

function rankedFindings(
  tree: TraceTree,
  { path, held }: Pick<Sight, 'path' | 'held'>,
  usual: Usual | undefined,
): Finding[] {
  const { root } = tree;
  if (root === undefined) return [];
  const costs = new Costs(tree, held);
  const claimed = new Map<SpanNode, FindingKind>();
  const idle: PathSection[] = [];
  const findings: Finding[] = [];
  for (const rule of rules as readonly Rule[]) {
    for (const observation of merged(rule({ tree, root, path, held, usual, claimed, idle }), tree)) {
      const finding = measured(tree, costs, observation);
      if (finding.saving !== undefined && finding.saving < leastSaving) continue;
      findings.push(finding);
      for (const node of observation.spans) {
        claim(claimed, node, observation.kind);
        // A wrapper is found for the call in it.
        claim(claimed, callIn(node) ?? node, observation.kind);
      }
      for (const section of observation.change?.idle ?? []) idle.push(section);
    }
  }
  return findings.sort((a, b) => rank(a) - rank(b) || (b.saving ?? 0) - (a.saving ?? 0));
}

function claim(claimed: Map<SpanNode, FindingKind>, node: SpanNode, kind: FindingKind): void {
  if (!claimed.has(node)) claimed.set(node, kind);
}

/** An answer that failed comes first, then what can be saved, then what only hides something. */
function rank({ kind, evidence, saving }: Finding): number {
  if (kind === 'error' && evidence['reachedRoot'] === true) return 0;
  return saving === undefined ? 2 : 1;
}

function measured(tree: TraceTree, costs: Costs, observation: Observation): Finding {
  const [first] = observation.spans;
  const duration = observation.change && replay(tree, observation.change).duration;
  return {
    ...observation,
    service: first?.service ?? '?',
    operation: first?.name ?? '?',
    cost: costs.of(observation.spans),
    whatIf: duration,
    saving: duration === undefined ? undefined : durationOf(tree) - duration,
  };
}
