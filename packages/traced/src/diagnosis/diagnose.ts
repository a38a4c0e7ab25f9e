/** Reads a trace: where the time went, what of it was unnecessary, and what fixing it would save. */
import type { Baseline } from './baseline.ts';
import { callIn } from './calls.ts';
import { Costs } from './cost.ts';
import { criticalPath, type PathSection, pathTimeBySpan } from './critical-path.ts';
import { Entries } from './entries.ts';
import type { Finding, FindingKind, Observation } from './findings.ts';
import type { JaegerTrace } from './jaeger.ts';
import { merged } from './merge.ts';
import { allOf, replay } from './replay.ts';
import { type Context, type Rule, rules } from './rules/index.ts';
import { scopesOf } from './scopes.ts';
import { lengthOf } from './sequence.ts';
import { thresholds } from './thresholds.ts';
import { type TimeUse, timeUse } from './time-use.ts';
import { buildTree, type SpanNode, type TraceTree } from './tree.ts';

export interface Diagnosis {
  tree: TraceTree;
  /** Of the tree's main root. */
  path: readonly PathSection[];
  /** What the request took, that is, its root: µs. */
  duration: number;
  time: TimeUse;
  /** Errors that reached the root first, then the one that would save the request most, then those of other entries. */
  findings: readonly Finding[];
  /** µs that the request would take if all findings were fixed. */
  whatIf: number;
  /** How many other traces it was seen beside. */
  baselineTraces: number;
}

/**
 * Diagnoses one trace. No trace makes it throw.
 * @param baseline what other traces of the same system are like (`baselineOf`): some flaws only show beside them
 */
export function diagnose(trace: JaegerTrace, baseline?: Baseline): Diagnosis {
  return diagnoseTree(buildTree(trace), baseline);
}

/** The same of a trace whose tree is there already. */
export function diagnoseTree(tree: TraceTree, baseline?: Baseline): Diagnosis {
  const path = criticalPath(tree);
  const findings = rankedFindings(tree, path, baseline);
  const ofRequest = findings.filter(({ entry }) => entry === tree.root);
  return {
    tree,
    path,
    duration: durationOf(tree),
    time: timeUse(tree, path, pathTimeBySpan(path)),
    findings,
    baselineTraces: Math.max(0, (baseline?.traces ?? 0) - 1),
    whatIf: ofRequest.length === 1 ? (ofRequest[0]?.whatIf ?? durationOf(tree)) : whatIf(tree, ofRequest),
  };
}

const durationOf = ({ root }: TraceTree): number => (root === undefined ? 0 : root.end - root.start);

/** µs that the request would take if these findings were fixed together. */
export function whatIf(tree: TraceTree, findings: readonly Observation[]): number {
  return replay(tree, allOf(findings.map(({ change }) => change ?? {}))).duration;
}

function rankedFindings(
  tree: TraceTree,
  requestPath: readonly PathSection[],
  baseline: Baseline | undefined,
): Finding[] {
  const { root } = tree;
  if (root === undefined) return [];
  const entries = new Entries(tree);
  const others = entries.all.slice(1).flatMap(entry => criticalPath(tree, entry));
  const path = others.length === 0 ? requestPath : [...requestPath, ...others];
  const pathTime = pathTimeBySpan(path);
  const costs = new Costs(tree, pathTime);
  const claimed = new Map<SpanNode, FindingKind>();
  const explained: PathSection[] = [];
  const findings: Finding[] = [];
  const entryOf = (node: SpanNode) => entries.of(node);
  const durationOf = (node: SpanNode) => lengthOf(entries.of(node));
  const scopes = scopesOf(tree);
  const context: Context = {
    scopes,
    tree,
    root,
    path,
    pathTime,
    baseline,
    claimed,
    explained,
    entryOf,
    durationOf,
  };
  for (const rule of rules as readonly Rule[]) {
    for (const observation of merged(rule(context), tree)) {
      const finding = measured(tree, entries, costs, observation);
      if (finding.saving !== undefined && finding.saving < thresholds.finding.saving) continue;
      findings.push(finding);
      for (const node of observation.isOpen === true ? [] : observation.spans) {
        claim(claimed, node, observation.kind);
        // A wrapper is found for the call in it.
        claim(claimed, callIn(node) ?? node, observation.kind);
      }
      for (const section of observation.change?.idle ?? []) explained.push(section);
      for (const section of observation.explains ?? []) explained.push(section);
    }
  }
  return findings.sort((a, b) => rank(a, root) - rank(b, root) || (b.saving ?? 0) - (a.saving ?? 0));
}

function claim(claimed: Map<SpanNode, FindingKind>, node: SpanNode, kind: FindingKind): void {
  if (!claimed.has(node)) claimed.set(node, kind);
}

/** A response that failed comes first, then what can be saved of the request, then of others, then what hides something. */
function rank({ kind, evidence, saving, entry }: Finding, root: SpanNode): number {
  if (kind === 'error' && evidence['reachedRoot'] === true) return 0;
  if (saving === undefined) return 3;
  return entry === root ? 1 : 2;
}

function measured(tree: TraceTree, entries: Entries, costs: Costs, observation: Observation): Finding {
  const [first] = observation.spans as [SpanNode, ...SpanNode[]];
  const entry = entries.of(first);
  const duration = observation.change && replay(tree, observation.change, entry).duration;
  return {
    ...observation,
    service: first.service,
    operation: first.name,
    entry,
    // What nobody waits for below its spans has a path of its own.
    cost: Math.min(costs.of(observation.spans), lengthOf(entry)),
    whatIf: duration,
    saving: duration === undefined ? undefined : lengthOf(entry) - duration,
  };
}
