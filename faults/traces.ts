/** Whether a request's trace is whole: what it must have at least, and that no span hangs in the air. */

import type { Collector } from '../bench/collector.ts';
import { NO_SPAN, parentSpanID, type Span, tagText } from '../packages/traced/src/read/span.ts';

/** What the trace of one kind of request has. */
export interface Shape {
  /** At least so many spans, by `<service> <operation>`. */
  least: Record<string, number>;
  /** Of those, the ones that say that they failed. */
  failed?: readonly string[];
  /** One span at least must be so: the one that says why. */
  because?: (span: Span) => boolean;
  /** A parent that is not in the trace: the span of who sent the request. */
  sender?: string;
}

export const keyOf = ({ process, operationName }: Span): string => `${process.serviceName} ${operationName}`;

/** A tag's text; undefined where there is no such tag. */
export function tag({ tags }: Pick<Span, 'tags'>, name: string): string | undefined {
  const found = tags.find(({ key }) => key === name);
  return found && tagText(found);
}

export const hasFailed = (span: Span): boolean => tag(span, 'error') === 'true';

/** The messages of the exceptions that were recorded at a span. */
export const exceptions = ({ logs }: Span): string[] =>
  logs
    .map(({ fields }) => tag({ tags: fields }, 'exception.message') ?? '')
    .filter(message => message !== '');

/** @returns what the trace lacks, or undefined where it is whole */
export function lacks(
  spans: readonly Span[],
  { least, failed = [], because, sender = NO_SPAN }: Shape,
): string | undefined {
  const ids = new Set([NO_SPAN, sender, ...spans.map(({ spanID }) => spanID)]);
  for (const [key, count] of Object.entries(least)) {
    const found = spans.filter(span => keyOf(span) === key);
    if (found.length < count) return `${found.length} of ${count} spans "${key}"`;
    if (failed.includes(key) && !found.some(hasFailed)) return `no "${key}" that says it failed`;
  }
  if (because && !spans.some(because)) return 'no span that says why';
  const lost = spans.filter(span => !ids.has(parentSpanID(span))).length;
  if (lost > 0) return `the parents of ${lost} spans`;
  return undefined;
}

const tracesAtOnce = 100;

export interface Wholeness {
  whole: number;
  /** Of the traces that are not whole, what the first one lacks; empty where all are. */
  problems: string[];
  /** How many spans there were in all, by `<service> <operation>`. */
  spans: Map<string, number>;
}

/** Reads traces back from the collector and holds each against its shape. */
export async function wholeness(
  collector: Collector,
  requests: readonly { traceId: string; shape: Shape }[],
): Promise<Wholeness> {
  const lacking: string[] = [];
  const counts = new Map<string, number>();
  for (let at = 0; at < requests.length; at += tracesAtOnce) {
    const some = requests.slice(at, at + tracesAtOnce);
    const spans = await collector.spans(some.map(({ traceId }) => traceId));
    for (const span of spans) counts.set(keyOf(span), (counts.get(keyOf(span)) ?? 0) + 1);
    const traces = Map.groupBy(spans, ({ traceID }) => traceID);
    for (const { traceId, shape } of some) {
      const lack = lacks(traces.get(traceId) ?? [], shape);
      if (lack !== undefined) lacking.push(`trace ${traceId} lacks ${lack}`);
    }
  }
  const problems =
    lacking.length === 0 ? [] : [`${lacking.length} traces of answers are not whole: ${lacking[0]}`];
  return { whole: requests.length - lacking.length, problems, spans: counts };
}
