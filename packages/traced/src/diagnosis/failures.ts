/** How calls fail: in whose words, whether the other side only said no, and whether it went well later. */
import { callIn } from './calls.ts';
import { rememberedTest } from './remembered.ts';
import { tagText } from './tags.ts';
import type { SpanNode } from './tree.ts';

/** The code of the answer, HTTP's or an RPC's; empty where there is none. */
export const statusOf = ({ span }: SpanNode): string =>
  tagText(
    span,
    'http.response.status_code',
    'http.status_code',
    'rpc.response.status_code',
    'rpc.grpc.status_code',
    'grpc.status_code',
  );

/** What the failure was, in the words of the span: its exception, its status, or the answer's code. */
export function failureOf(node: SpanNode): string {
  for (const { fields } of node.span.logs ?? []) {
    const type = tagText({ tags: fields }, 'exception.type', 'error.kind');
    const message = tagText({ tags: fields }, 'exception.message', 'message', 'error.object');
    if (type !== '' && message !== '') return `${type}: ${message}`;
    if (type !== '' || (message !== '' && tagText({ tags: fields }, 'event') === 'error'))
      return message || type;
  }
  const described = tagText(node.span, 'otel.status_description', 'error.message');
  if (described !== '') return described;
  const status = statusOf(node);
  return status === '' ? tagText(node.span, 'error.type') : `status ${status}`;
}

/** Of HTTP, what says to try again (RFC 9110, 6585 and 8470) is no such no; nor is what says that there are too many. */
const refused = /^4(?!08|25|29)\d\d$/;
/** The numbers and names of gRPC's codes that its documentation says not to try again, or only after another call. */
const refusedByRpc =
  /^([135679]|1[126]|CANCELLED|INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|FAILED_PRECONDITION|OUT_OF_RANGE|UNIMPLEMENTED|UNAUTHENTICATED)$/;

/** Whether the other side answered, and said no: what was asked for is not there, or not allowed. */
export function isRefused(node: SpanNode): boolean {
  const status = statusOf(node);
  return refused.test(status) || refusedByRpc.test(status);
}

/** Tags that tell how an attempt went, which it was, or who took it, and not what was asked. */
const isOutcome = rememberedTest(
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

/** Equal for calls that ask the same, whatever came back. */
export function argumentsKey({ service, name, span }: SpanNode): string {
  const asked = (span.tags ?? []).filter(({ key }) => !isOutcome(key));
  return JSON.stringify([service, name, asked.map(({ key, value }) => [key, value])]);
}

/** Those of the failures among some siblings, by start, after which the same call did not go well. */
export function withoutMended(failures: readonly SpanNode[], siblings: readonly SpanNode[]): SpanNode[] {
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
