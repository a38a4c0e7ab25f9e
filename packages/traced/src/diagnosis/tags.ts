import type { JaegerSpan, JaegerTag } from './jaeger.ts';

type Tagged = { tags?: readonly JaegerTag[] | null };

/** The value of the first tag with one of these keys, the keys in the order of preference. */
export function tagValue(tagged: Tagged, ...keys: string[]): JaegerTag['value'] | undefined {
  return firstOf(tagged, keys);
}

/** Asked some millions of times for a large trace. */
function firstOf({ tags }: Tagged, keys: readonly string[]): JaegerTag['value'] | undefined {
  if (!tags) return undefined;
  for (const key of keys) {
    for (const tag of tags) if (tag.key === key) return tag.value;
  }
  return undefined;
}

/** The same as text, empty where there is no such tag. */
export function tagText(tagged: Tagged, ...keys: string[]): string {
  const value = firstOf(tagged, keys);
  return value === undefined || value === null ? '' : String(value);
}

/** Whether the span is marked as failed, by OpenTracing's tag or OpenTelemetry's status. */
export function isFailed(span: JaegerSpan): boolean {
  return tagText(span, 'error') === 'true' || tagText(span, 'otel.status_code') === 'ERROR';
}

export type SpanKind = 'client' | 'server' | 'producer' | 'consumer' | 'internal';

const kinds: ReadonlyMap<string, SpanKind> = new Map(
  (['client', 'server', 'producer', 'consumer', 'internal'] as const).map(kind => [kind, kind]),
);

/** By its tag; without one, what OpenTracing's tags of databases are on is a call of one, and all else internal. */
export function spanKind(span: JaegerSpan): SpanKind {
  const kind = tagText(span, 'span.kind').toLowerCase();
  if (kind === '' && tagText(span, 'db.type', 'db.statement', 'db.system') !== '') return 'client';
  return kinds.get(kind) ?? 'internal';
}
