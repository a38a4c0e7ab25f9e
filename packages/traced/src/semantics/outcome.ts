/** How a call ended: whether it failed, in whose words, and whether the other side only said no. */
import type { Attribute, Facts } from './facts.ts';

export interface EventLike {
  readonly fields: readonly Attribute[];
}

/**
 * Whether the span is marked as failed: by OpenTelemetry's status, OpenTracing's tag, or Zipkin's, whose value is the
 * message.
 */
export const isFailed = ({ error, otelStatus }: Pick<Facts, 'error' | 'otelStatus'>): boolean =>
  otelStatus === 'ERROR' ||
  otelStatus === 'STATUS_CODE_ERROR' ||
  (error !== '' && !/^(false|0|no)$/i.test(error));

/** The code of the response, HTTP's or an RPC's; empty where there is none. */
export const statusOf = ({ httpStatus, rpcStatus }: Facts): string => httpStatus || rpcStatus;

const field = (fields: readonly Attribute[], ...keys: string[]): string => {
  for (const key of keys) {
    const found = fields.find(each => each.key === key)?.value;
    if (found !== undefined && found !== null) return String(found);
  }
  return '';
};

/** What the failure was, in the words of the span: its exception, its status, or the response's code. */
export function failureOf(facts: Facts, events: readonly EventLike[] | null | undefined): string {
  for (const { fields } of events ?? []) {
    const type = field(fields, 'exception.type', 'error.kind');
    const message = field(fields, 'exception.message', 'message', 'error.object');
    if (type !== '' && message !== '') return `${type}: ${message}`;
    if (type !== '' || (message !== '' && field(fields, 'event') === 'error')) return message || type;
  }
  if (facts.failure !== '') return facts.failure;
  if (facts.error !== '' && facts.error !== 'true') return facts.error;
  const status = statusOf(facts);
  return status === '' ? facts.errorType : `status ${status}`;
}

/** Of HTTP, what says to try again (RFC 9110, 6585 and 8470) is no such no; nor is what says that there are too many. */
const refused = /^4(?!08|25|29)\d\d$/;
/** The numbers and names of gRPC's codes that its documentation says not to try again, or only after another call. */
const refusedByRpc =
  /^([135679]|1[126]|CANCELLED|INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|FAILED_PRECONDITION|OUT_OF_RANGE|UNIMPLEMENTED|UNAUTHENTICATED)$/;

/** Whether the other side responded, and said no: what was asked for is not there, or not allowed. */
export function isRefusal(facts: Facts): boolean {
  const status = statusOf(facts);
  return refused.test(status) || refusedByRpc.test(status);
}
