/**
 * A diagnosis, that of a set, and a comparison as plain JSON, for programs. `docs/json.md` says what each field means,
 * `docs/traced.schema.json` checks it. Fields may be added to a version; what else changes makes a new one.
 */
import type { Comparison, LoneRequest, RequestComparison, RequestTimes } from './compare.ts';
import type { PathComparison, PathTimes } from './compare-paths.ts';
import type { PathSection } from './critical-path.ts';
import type { Diagnosis } from './diagnose.ts';
import type { Explanations } from './explain.ts';
import type { Evidence, Finding } from './findings.ts';
import type { ObjectiveResult } from './objective.ts';
import type { FindingGroup, SetDiagnosis } from './set.ts';
import type { Difference } from './statistics.ts';
import type { TimeShare } from './time-use.ts';
import type { SpanNode } from './tree.ts';

export const schemas = {
  diagnosis: 'traced.diagnosis/1',
  set: 'traced.set/1',
  comparison: 'traced.comparison/1',
} as const;

export type DiagnosisJson = ReturnType<typeof diagnosisJson>;
export type SetJson = ReturnType<typeof setJson>;
export type ComparisonJson = ReturnType<typeof comparisonJson>;

export function diagnosisJson(diagnosis: Diagnosis) {
  return { schema: schemas.diagnosis, ...bodyOf(diagnosis) };
}

export function setJson({ diagnoses, groups, explanations, objective }: SetDiagnosis) {
  return {
    schema: schemas.set,
    traceCount: diagnoses.length,
    groups: groups.map(groupJson),
    slow: explanations === undefined ? null : explanationsJson(explanations),
    objective: objective === undefined ? null : objectiveJson(objective, groups),
    diagnoses: diagnoses.map(bodyOf),
  };
}

export function comparisonJson(comparison: Comparison) {
  const { before, after, requests, onlyBefore, onlyAfter, conclusion } = comparison;
  return {
    schema: schemas.comparison,
    conclusion,
    before: { traceCount: before },
    after: { traceCount: after },
    requests: requests.map(requestJson),
    onlyBefore: onlyBefore.map(loneJson),
    onlyAfter: onlyAfter.map(loneJson),
  };
}

/** Nanoseconds are enough; what lies below them is rounding in sums and interpolation. */
const us = (microseconds: number): number => Math.round(microseconds * 1_000) / 1_000;
const usOrNull = (microseconds: number | undefined): number | null =>
  microseconds === undefined ? null : us(microseconds);

const idsOf = (nodes: readonly SpanNode[]): string[] => nodes.map(({ id }) => id);

function bodyOf({ tree, path, duration, time, findings, whatIf, baselineTraces }: Diagnosis) {
  const { root } = tree;
  return {
    traceId: tree.traceId,
    rootSpanId: root?.id ?? null,
    service: root?.service ?? null,
    operation: root?.name ?? null,
    spanCount: tree.nodes.length,
    baselineTraceCount: baselineTraces,
    startUs: us(tree.start),
    durationUs: us(duration),
    whatIfUs: us(whatIf),
    savingUs: us(duration - whatIf),
    findings: findings.map(findingJson),
    criticalPath: path.map(sectionJson),
    time: {
      concurrency: time.concurrency,
      byKind: time.byKind.map(shareJson),
      byService: time.byService.map(shareJson),
      byOperation: time.byOperation.map(shareJson),
    },
    notes: [...tree.notes],
  };
}

function findingJson(finding: Finding) {
  const { kind, certainty, because, title, sentence, advice, service, operation, spans, entry } = finding;
  const { cost, saving, whatIf, atMost } = finding;
  return {
    kind,
    certainty,
    because,
    title,
    sentence,
    advice,
    service,
    operation,
    entrySpanId: entry.id,
    entryUs: us(entry.end - entry.start),
    spanIds: idsOf(spans),
    costUs: us(cost),
    savingUs: usOrNull(saving),
    whatIfUs: usOrNull(whatIf),
    atMost: atMost === true,
    evidence: evidenceJson(finding.evidence),
  };
}

const evidenceJson = (evidence: Evidence): Evidence =>
  Object.fromEntries(
    Object.entries(evidence).map(([key, value]) => [key, typeof value === 'number' ? us(value) : value]),
  );

const sectionJson = ({ node, start, end }: PathSection) => ({
  spanId: node.id,
  service: node.service,
  operation: node.name,
  startUs: us(start),
  endUs: us(end),
});

const shareJson = ({ name, critical, self, spans }: TimeShare) => ({
  name,
  criticalUs: us(critical),
  selfUs: us(self),
  spanCount: spans,
});

function groupJson({ example, traces, cost, saving, ...group }: FindingGroup) {
  const { kind, certainty, because, service, operation, title, sentence, advice, atMost } = group;
  return {
    kind,
    certainty,
    because,
    title,
    sentence,
    advice,
    service,
    operation,
    traceCount: traces,
    costUs: us(cost),
    savingUs: usOrNull(saving),
    atMost,
    example: { traceId: example.diagnosis.tree.traceId, spanIds: idsOf(example.finding.spans) },
  };
}

const explanationsJson = ({ slow, others, from, found }: Explanations) => ({
  traceCount: slow,
  otherCount: others,
  fromUs: us(from),
  attributes: found.map(each => ({
    key: each.key,
    value: each.value,
    slowCount: each.slow,
    otherCount: each.others,
  })),
});

const objectiveJson = (result: ObjectiveResult, groups: readonly FindingGroup[]) => ({
  statistic: result.objective.statistic,
  limitUs: us(result.objective.limit),
  nowUs: us(result.now),
  isMet: result.isMet,
  fixes: result.fixes.map(group => groups.indexOf(group)),
  fixedUs: us(result.fixed),
  wouldBeMet: result.wouldBeMet,
});

function requestJson(request: RequestComparison) {
  const { service, operation, verdict, sentence, before, after, change, meanChange, paths } = request;
  const indexes = new Map(paths.map((path, i) => [path, i]));
  return {
    service,
    operation,
    verdict,
    sentence,
    before: requestTimesJson(before),
    after: requestTimesJson(after),
    change: differenceJson(change),
    meanChangeUs: us(meanChange),
    paths: paths.map(path => pathJson(path, indexes)),
  };
}

const requestTimesJson = ({ traces, median, p95, mean }: RequestTimes) => ({
  traceCount: traces,
  medianUs: us(median),
  p95Us: us(p95),
  meanUs: us(mean),
});

const differenceJson = ({ by, interval }: Difference) => ({
  byUs: us(by),
  interval: interval === undefined ? null : { lowUs: us(interval.low), highUs: us(interval.high) },
});

function pathJson(path: PathComparison, indexes: ReadonlyMap<PathComparison, number>) {
  const { service, operation, parent, depth, cause, contribution, before, after, change } = path;
  return {
    service,
    operation,
    parent: parent === undefined ? null : (indexes.get(parent) ?? null),
    depth,
    cause,
    contributionUs: us(contribution),
    before: before === undefined ? null : pathTimesJson(before),
    after: after === undefined ? null : pathTimesJson(after),
    change: change === undefined ? null : differenceJson(change),
  };
}

const pathTimesJson = (times: PathTimes) => ({
  traceCount: times.traces,
  spansPerTrace: times.spansPerTrace,
  medianUs: us(times.median),
  p95Us: us(times.p95),
  longestUs: us(times.longest),
  criticalUs: us(times.critical),
  criticalMeanUs: us(times.criticalMean),
});

const loneJson = ({ service, operation, traces, median }: LoneRequest) => ({
  service,
  operation,
  traceCount: traces,
  medianUs: us(median),
});
