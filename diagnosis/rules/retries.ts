import { failureOf, nameOf } from '../calls.ts';
import type { PathSection } from '../critical-path.ts';
import { formatDuration } from '../duration.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import { tagValue } from '../tags.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './index.ts';

/** Tags that tell how an attempt went, or when, and not what was asked. */
const outcome =
  /^(error|otel\.|http\.(response\.|status_code|request\.resend_count|resend_count|client\.connection)|rpc\.grpc\.status_code|network\.|net\.sock\.|thread\.|exception|sampler\.|internal\.|.*duration)/;

/** Calls made again with the same arguments after the same call had failed. */
export const retries: Rule = ({ tree, claimed }) =>
  tree.nodes.flatMap(parent => {
    if (parent.children.length < 2 && !parent.children.some(isResent)) return [];
    const calls = parent.children.filter(node => node.kind === 'client' && !claimed.has(node));
    if (!calls.some(node => node.failed || isResent(node))) return [];
    return [...groupBy(calls, argumentsKey).values()].flatMap(attempts => {
      const failed = attempts.filter(
        (node, i) => node.failed && attempts.slice(i + 1).some(later => follows(later, node)),
      );
      const first = failed[0];
      if (first === undefined) return [];
      const last = attempts.at(-1) as SpanNode;
      const lost = failed.reduce((sum, node) => sum + lengthOf(node), 0);
      const outcome = last.failed ? 'and it failed to the end' : 'before it worked';
      return [
        {
          kind: 'retries' as const,
          spans: failed,
          title: `${nameOf(first)} tried ${attempts.length} times`,
          sentence: `${nameOf(first)} failed ${failed.length === 1 ? 'once' : `${failed.length} times`} (${failureOf(first)}) and was tried again, ${outcome}; the failed attempts took ${formatDuration(lost)}.`,
          advice: 'Find out why the first attempt fails; until then, give it a shorter time limit.',
          evidence: {
            attempts: attempts.length,
            failed: failed.length,
            failure: failureOf(first),
            lostUs: lost,
          },
          change: {
            durations: new Map(failed.map(node => [node, 0])),
            idle: waitsAfter(failed, attempts),
          },
        },
      ];
    });
  });

/** The caller's time between a failed attempt and the next one. */
function waitsAfter(failed: readonly SpanNode[], attempts: readonly SpanNode[]): PathSection[] {
  return failed.flatMap(node => {
    const next = attempts.find(later => follows(later, node));
    return next === undefined || node.parent === undefined
      ? []
      : [{ node: node.parent, start: node.end, end: next.start }];
  });
}

const isResent = ({ span }: SpanNode): boolean =>
  Number(tagValue(span, 'http.request.resend_count', 'http.resend_count') ?? 0) > 0;

const follows = (later: SpanNode, earlier: SpanNode): boolean => later.start >= earlier.end - 1;

function argumentsKey({ service, name, span }: SpanNode): string {
  const asked = (span.tags ?? [])
    .filter(({ key }) => !outcome.test(key))
    .map(({ key, value }) => [key, value]);
  return JSON.stringify([service, name, asked]);
}
