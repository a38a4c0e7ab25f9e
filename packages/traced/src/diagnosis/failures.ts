/** How calls fail: in whose words, whether the other side only said no, and whether it went well later. */
import {
  addressOf,
  failureOf as factsFailure,
  statusOf as factsStatus,
  isRefusal,
  memoizedTest,
  withoutNumbers,
} from '../semantics/index.ts';
import { callIn } from './calls.ts';
import type { SpanNode } from './tree.ts';

/** The code of the response, HTTP's or an RPC's; empty where there is none. */
export const statusOf = ({ semantics }: SpanNode): string => factsStatus(semantics.facts);

/** What the failure was, in the words of the span: its exception, its status, or the response's code. */
export const failureOf = ({ semantics, span }: SpanNode): string => factsFailure(semantics.facts, span.logs);

/** Whether the other side responded, and said no: what was asked for is not there, or not allowed. */
export const isRefused = ({ semantics }: SpanNode): boolean => isRefusal(semantics.facts);

/** Tags that tell how an attempt went, which it was, or who took it, and not what was asked. */
const isOutcome = memoizedTest(
  new RegExp(
    [
      '^(error|exception|otel|thread|network|internal|sampler|sampling|message|response|upstream)',
      '^http\\.(response|status|flavor|resend|request\\.(header|resend)|client\\.connection)',
      '^net\\.(sock|host|transport|peer\\.ip)|^peer\\.(ip|address)',
      '^(rpc\\.)?(grpc|response|connect_rpc)\\.|^db\\.(response|client)',
      'attempt|retr(y|ies)|resend|duration|elapsed|latency|bytes|length|rows|(request|trace|span)[._-]?id$',
    ].join('|'),
    'i',
  ),
);

/** Tags that say which instance took a call. */
const isPeer = memoizedTest(
  /^(server|net\.peer|network\.peer|peer|net\.sock)([._]|$)|^(url\.full|http\.url|http\.host|url)$/i,
);

/** Equal for calls that ask the same of the same kind of host, whatever came back and whichever of its instances took it. */
export function argumentsKey({ service, name, span, semantics }: SpanNode): string {
  const asked = (span.tags ?? []).filter(({ key }) => !isOutcome(key) && !isPeer(key));
  const { url } = semantics.facts;
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const host = withoutNumbers(addressOf(semantics.facts));
  return JSON.stringify([service, name, host, path, asked.map(({ key, value }) => [key, value])]);
}

/** Those of the failures among some siblings, by start, after which the same call did not go well. */
export function withoutRecovered(failures: readonly SpanNode[], siblings: readonly SpanNode[]): SpanNode[] {
  const lastSuccess = new Map<string, number>();
  const names = new Set(failures.map(failure => callIn(failure)?.name));
  for (const sibling of siblings) {
    const call = callIn(sibling);
    if (call?.failed === false && names.has(call.name)) lastSuccess.set(argumentsKey(call), sibling.start);
  }
  return failures.filter(failure => {
    const call = callIn(failure);
    const success = call && lastSuccess.get(argumentsKey(call));
    return success === undefined || success < failure.end - 1;
  });
}
