/** How calls fail: in whose words, whether the other side only said no, and whether it went well later. */
import { operationKey } from './calls.ts';
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

/** Failed children of a span, but those after which the same call went well. */
export function failedChildren({ children }: SpanNode): SpanNode[] {
  const failed = children.filter(child => child.failed);
  if (failed.length === 0) return failed;
  const lastSuccess = new Map<string, number>();
  for (const child of children) if (!child.failed) lastSuccess.set(operationKey(child), child.start);
  return failed.filter(
    child => (lastSuccess.get(operationKey(child)) ?? Number.NEGATIVE_INFINITY) < child.end - 1,
  );
}
