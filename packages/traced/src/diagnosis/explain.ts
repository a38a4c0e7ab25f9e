/**
 * Which attribute the slow traces of a set have in common that the others have not: any tag, resource attribute or
 * event field and its value, compared by the share of traces on either side that have it.
 */

import { lengthOf } from './sequence.ts';
import { quantile, sorted } from './statistics.ts';
import type { TraceTree } from './tree.ts';

export interface Explanation {
  key: string;
  value: string;
  /** How many of the slow traces have it, and how many of the others. */
  slow: number;
  others: number;
}

export interface Explanations {
  /** How many traces are slow, how many are not, and from which duration on, in µs, they are. */
  slow: number;
  others: number;
  from: number;
  /** The one that sets the slow ones apart best first; empty where none does beyond chance. */
  found: readonly Explanation[];
}

/** With fewer traces, some attribute sets any of them apart by chance. */
const leastTraces = 10;
const leastSlow = 3;
/** The slowest tenth, unless an objective says from where on a request is slow. */
const slowShare = 0.9;
/** Of so many candidates together, one may be found by chance in 100 sets (Bonferroni). */
const level = 0.01;
const mostFound = 3;
const longestValue = 100;
/** More different values than this are ids; what has them says nothing of other traces. */
const mostValues = 5_000;

/** @param limit µs from which on a request counts as slow */
export function explainSlow(trees: readonly TraceTree[], limit?: number): Explanations {
  const timed = trees.flatMap(tree => (tree.root === undefined ? [] : [{ tree, took: lengthOf(tree.root) }]));
  const from = limit ?? quantile(sorted(timed.map(({ took }) => took)), slowShare);
  const isSlow = ({ took }: { took: number }) => (limit === undefined ? took > from : took >= from);
  const slow = timed.filter(isSlow);
  const others = timed.filter(each => !isSlow(each));
  const sizes = { slow: slow.length, others: others.length, from };
  if (timed.length < leastTraces || slow.length < leastSlow || others.length < leastSlow)
    return { ...sizes, found: [] };
  const counts = new Map<string, Explanation>();
  for (const { tree } of slow) count(tree, 'slow', counts);
  for (const { tree } of others) count(tree, 'others', counts);
  const candidates = [...counts.values()].filter(
    each => each.slow > each.others * (slow.length / others.length),
  );
  const sure = candidates
    .map(each => ({ each, chance: atLeast(each, slow.length, others.length) }))
    .filter(({ chance }) => chance * counts.size <= level)
    .sort((a, b) => a.chance - b.chance || b.each.slow - a.each.slow || a.each.key.localeCompare(b.each.key));
  return { ...sizes, found: withoutTwins(sure.map(({ each }) => each)) };
}

/** Attributes that the same traces have say the same; the first is enough. */
function withoutTwins(found: readonly Explanation[]): Explanation[] {
  const kept: Explanation[] = [];
  for (const each of found) {
    if (kept.length === mostFound) break;
    if (!kept.some(({ slow, others }) => slow === each.slow && others === each.others)) kept.push(each);
  }
  return kept;
}

/** Adds what a trace has, each attribute once. */
function count(tree: TraceTree, side: 'slow' | 'others', counts: Map<string, Explanation>): void {
  const seen = new Set<string>();
  const add = (attributes: readonly { key: string; value?: unknown }[] | null | undefined) => {
    for (const { key, value } of attributes ?? []) {
      const text = String(value);
      if (text.length > longestValue || isTime.test(key)) continue;
      const name = `${key}\n${text}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const known = counts.get(name);
      if (known !== undefined) known[side]++;
      else if (counts.size < mostValues)
        counts.set(name, { key, value: text, slow: 0, others: 0, [side]: 1 });
    }
  };
  const processes = new Set<unknown>();
  for (const { span, process } of tree.nodes) {
    add(span.tags);
    for (const { fields } of span.logs ?? []) add(fields);
    if (process !== undefined && !processes.has(process)) add(process.tags);
    processes.add(process);
  }
}

/** What is only another word for how long it took, or which trace it is. */
const isTime =
  /duration|elapsed|latency|time(stamp)?$|(trace|span|request)[._-]?id$|^internal\.|^otel\.|thread\.|port$/i;

/** The chance that so many of the slow ones have it, or more, if it had nothing to do with them (Fisher's exact test). */
function atLeast({ slow, others }: Explanation, slowTraces: number, otherTraces: number): number {
  const all = slowTraces + otherTraces;
  const having = slow + others;
  let sum = 0;
  for (let k = slow; k <= Math.min(having, slowTraces); k++) {
    sum += Math.exp(logChoose(slowTraces, k) + logChoose(otherTraces, having - k) - logChoose(all, having));
  }
  return sum;
}

function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 1; i <= Math.min(k, n - k); i++) sum += Math.log(n - i + 1) - Math.log(i);
  return sum;
}
