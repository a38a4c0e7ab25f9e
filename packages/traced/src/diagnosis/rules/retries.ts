import { addressOf, callIn, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import { argumentsKey, failureOf, isRefused } from '../failures.ts';
import type { Observation } from '../findings.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import { parentsOf, type SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

/** Calls made again with the same arguments after the same call had failed. */
export const retries: Rule = ({ tree, claimed }) =>
  parentsOf(tree, 2).flatMap(parent => {
    const failing = new Set(parent.children.filter(hasFailed).map(child => callIn(child)?.name));
    if (failing.size === 0) return [];
    const calls = parent.children.filter(child => failing.has(callIn(child)?.name) && !claimed.has(child));
    return [...groupBy(calls, child => argumentsKey(callIn(child) as SpanNode)).values()].flatMap(
      attempts => {
        const last = attempts.at(-1) as SpanNode;
        const failed = attempts.filter(child => child !== last && hasFailed(child) && follows(last, child));
        return failed.length === 0 ? [] : [observation(failed, attempts)];
      },
    );
  });

function observation(failed: readonly SpanNode[], attempts: readonly SpanNode[]): Observation {
  const first = failed[0] as SpanNode;
  const failure = failureOf(callIn(first) as SpanNode);
  const lost = failed.reduce((sum, node) => sum + lengthOf(node), 0);
  const isElsewhere = new Set(attempts.map(child => addressOf(callIn(child) ?? child))).size > 1;
  const elsewhere = isElsewhere ? ' at another host' : '';
  const outcome = hasFailed(attempts.at(-1) as SpanNode) ? 'and it failed to the end' : 'before it worked';
  return {
    kind: 'retries' as const,
    certainty: isElsewhere ? 'likely' : 'measured',
    because: isElsewhere
      ? 'the same call went to another host right after it had failed'
      : 'the same call was made again after it had failed',
    spans: failed,
    title: `${nameOf(first)} tried ${attempts.length} times`,
    sentence: `${nameOf(first)} failed ${failed.length === 1 ? 'once' : `${failed.length} times`}${failure === '' ? '' : ` (${failure})`} and was tried again${elsewhere}, ${outcome}; the failed attempts took ${formatDuration(lost)}.`,
    advice: 'Find out why the first attempt fails; until then, give it a shorter timeout.',
    evidence: { attempts: attempts.length, failed: failed.length, failure, lostUs: lost },
    change: { durations: new Map(failed.map(node => [node, 0])), idle: waitsAfter(failed, attempts) },
  };
}

/** The caller's time between a failed attempt and the next one. */
function waitsAfter(failed: readonly SpanNode[], attempts: readonly SpanNode[]): PathSection[] {
  const hasToWait = new Set(failed);
  return attempts.flatMap((node, i) => {
    if (!hasToWait.has(node) || node.parent === undefined) return [];
    let next = i + 1;
    while (next < attempts.length && !follows(attempts[next] as SpanNode, node)) next++;
    return { node: node.parent, start: node.end, end: (attempts[next] as SpanNode).start };
  });
}

/** A response that says no is the same the next time: what asks once more does so for another reason. */
function hasFailed(child: SpanNode): boolean {
  const call = callIn(child);
  return call?.failed === true && !isRefused(call);
}

const follows = (later: SpanNode, earlier: SpanNode): boolean => later.start >= earlier.end - 1;
