import { addressOf, answeredBy, callName, dependencyKey, isDatabase, isPaging, nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import type { FindingKind, Observation } from '../findings.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import { median as medianOf } from '../statistics.ts';
import { thresholds } from '../thresholds.ts';
import type { SpanNode } from '../tree.ts';
import type { Context, Rule } from './context.ts';

const limits = thresholds.slowDependency;

/** Calls to what is not traced itself (a database, a page elsewhere) that take much of the request. */
export const slowDependencies: Rule = context => {
  const { tree, pathTime, baseline, durationOf, claimed } = context;
  const named = new Set<SpanNode>();
  const isCall = (node: SpanNode) =>
    node.kind === 'client' && !claimed.has(node) && !named.has(node) && answeredBy(node) === undefined;
  const calls = tree.nodes.filter(
    node =>
      node.kind === 'client' &&
      isOpen(pathTime.get(node) ?? 0, claimed.get(node), durationOf(node)) &&
      answeredBy(node) === undefined,
  );
  const timeOf = (group: readonly SpanNode[]) =>
    group.reduce((sum, node) => sum + (pathTime.get(node) ?? 0), 0);
  const groups = [...groupBy(calls, dependencyKey).values()].sort((a, b) => timeOf(b) - timeOf(a));
  return groups.flatMap(all => {
    const group = all.filter(node => !named.has(node));
    if (group.length === 0) return [];
    const slow = slowOnes(group.sort((a, b) => lengthOf(b) - lengthOf(a)));
    const [slowest] = slow as [SpanNode, ...SpanNode[]];
    const before = baseline?.medianAt(slowest);
    if (
      before !== undefined &&
      lengthOf(slowest) > limits.timesBaseline * before &&
      lengthOf(slowest) - before > limits.overBaseline
    ) {
      named.add(slowest);
      return [slowerThanBaseline(slowest, before, baseline?.traces ?? 0)];
    }
    const time = timeOf(slow);
    const duration = durationOf(slowest);
    // Where other traces say what it takes, they say whether that is long.
    const least: Limit[] = before === undefined ? [limits, limits.most] : [limits];
    if (isDatabase(slowest) && (before ?? limits.database.time) >= limits.database.time)
      least.push(limits.database);
    if (!least.some(limit => isMuch(time, limit, duration))) return [];
    const beside = slow.flatMap(node => callsBeside(node, isCall));
    const found = [...new Set([...slow, ...beside])];
    for (const node of found) named.add(node);
    return [observation(found, slow, time, context)];
  });
};

interface Limit {
  /** µs */
  time: number;
  share: number;
}

const isMuch = (taken: number, { time, share }: Limit, duration: number): boolean =>
  taken >= time && taken >= share * duration;

/** One slow call beside fast ones of its kind is slow for its own reason; else all of them are what is slow. */
function slowOnes(byLength: readonly SpanNode[]): readonly SpanNode[] {
  const { outlier, outlierTime } = thresholds.oneByOne;
  const median = medianOf(byLength.map(lengthOf));
  const outliers = byLength.filter(call => lengthOf(call) > Math.max(outlier * median, median + outlierTime));
  return outliers.length > 0 ? outliers : byLength;
}

/** So many siblings of a call are looked at. */
const mostSiblings = 1_000;

/** Calls that run in parallel with one, for as long: without it alone, the request would wait for them. */
function callsBeside(node: SpanNode, isCall: (node: SpanNode) => boolean): SpanNode[] {
  const around = branchOf(node);
  const siblings = around.parent?.children ?? [];
  if (siblings.length < 2 || siblings.length > mostSiblings) return [];
  const isBeside = (other: SpanNode) =>
    other !== node &&
    isCall(other) &&
    Math.min(other.end, node.end) - Math.max(other.start, node.start) > limits.besideShare * lengthOf(node);
  return siblings.flatMap(sibling => (sibling === around ? [] : leavesOf(sibling).filter(isBeside)));
}

/** The child of the nearest span above that has other children beside it which overlap. */
function branchOf(node: SpanNode): SpanNode {
  let at = node;
  for (let i = 0; i < nearest && at.parent !== undefined && at.parent.service === node.service; i++) {
    const { parent } = at;
    const branch = at;
    const overlaps = parent.children.some(
      other =>
        other !== branch &&
        other.start < node.end &&
        other.end > node.start &&
        lengthOf(other) > lengthOf(node) / 2,
    );
    if (overlaps || parent.kind === 'server') return at;
    at = parent;
  }
  return at;
}

const nearest = 5;

/** The span, or what is right below it. */
const leavesOf = (node: SpanNode): readonly SpanNode[] =>
  node.children.length === 0
    ? [node]
    : node.children.length > nearest
      ? []
      : node.children.flatMap(child => (child.children.length === 0 ? [child] : []));

/** Of calls that are made sequentially, only one that is most of the request would take as long in parallel. */
function isOpen(time: number, claim: FindingKind | undefined, duration: number): boolean {
  if (claim === undefined) return time > 0;
  return claim === 'serial-calls' && time > duration / 2;
}

const to = (node: SpanNode): string => (addressOf(node) === '' ? '' : ` at ${addressOf(node)}`);

function slowerThanBaseline(node: SpanNode, before: number, traces: number): Observation {
  const length = lengthOf(node);
  return {
    kind: 'slow-dependency',
    certainty: 'likely',
    because: `beside ${traces} traces`,
    spans: [node],
    title: `${nameOf(node)} takes ${(length / before).toFixed(0)} times as long as in other traces`,
    sentence: `${callName(node)}${to(node)} took ${formatDuration(length)}; in other traces it takes ${formatDuration(before)}.`,
    advice: 'Look at what it calls: load, locks, a missing index, the network.',
    evidence: { tookUs: length, usualUs: before },
    change: { durations: new Map([[node, before]]) },
  };
}

/** @param slow those of the calls that are on the critical path */
function observation(
  calls: readonly SpanNode[],
  slow: readonly SpanNode[],
  time: number,
  { root, entryOf, durationOf }: Context,
): Observation {
  const [slowest] = slow as [SpanNode, ...SpanNode[]];
  const entry = entryOf(slowest);
  const whole = entry === root ? 'the request' : nameOf(entry);
  const share = Math.round((100 * time) / durationOf(slowest));
  const beside = calls.length - slow.length;
  const which = slow.length === 1 ? '' : ` in ${slow.length} calls`;
  const others = beside === 0 ? '' : ` ${besideInWords(calls.slice(slow.length))}`;
  const isPaged = isPaging(calls);
  return {
    kind: 'slow-dependency',
    certainty: isPaged ? 'possible' : 'measured',
    because: isPaged
      ? 'the calls ask for one page after the other, which may take as long as it does'
      : 'the calls’ spans are on the critical path',
    spans: calls,
    title: `${nameOf(slowest)}${beside === 0 ? ' takes' : ` and ${beside} in parallel take`} ${share} % of ${whole}`,
    sentence: `${slowest.service} waits ${formatDuration(time)}${which} for ${callName(slowest)}${to(slowest)}, which is not traced itself: ${share} % of ${whole}.${others}${inItsWords(slowest)}`,
    advice: 'Make what it calls faster, call it less, or trace it to see why it is slow.',
    evidence: { heldUs: time, share: share / 100, calls: calls.length },
    change: { durations: new Map(calls.map(node => [node, 0])) },
    atMost: true,
  };
}

function besideInWords(beside: readonly SpanNode[]): string {
  const [longest] = [...beside].sort((a, b) => lengthOf(b) - lengthOf(a)) as [SpanNode, ...SpanNode[]];
  const name = `${callName(longest)}${statementOf(longest)}`;
  return beside.length === 1
    ? `${name} runs in parallel for ${formatDuration(lengthOf(longest))}, so both have to become faster.`
    : `${beside.length} other calls run in parallel, the longest (${name}) for ${formatDuration(lengthOf(longest))}, so all have to become faster.`;
}

const statementOf = ({ semantics }: SpanNode): string => {
  const { statement } = semantics.facts;
  return statement === '' ? '' : ` "${statement.slice(0, 60)}"`;
};

/** What the span's own log says of a wait, if it does. */
function inItsWords({ span }: SpanNode): string {
  for (const { fields } of span.logs ?? []) {
    for (const { value } of fields) {
      if (/\b(wait(ing|ed)? (for|on)|blocked (by|on|for)|queued)\b/i.test(String(value)))
        return ` Its log says: "${String(value).slice(0, 120)}".`;
    }
  }
  return '';
}
