import type { Facts } from '../facts.ts';

/** What a platform adapter sees of a span. */
export interface SpanName {
  readonly name: string;
  readonly service: string;
  readonly semantics: { readonly facts: Facts };
}

/** How a platform's own spans are told from those of the code that runs on it. */
export interface Platform {
  /** Whether the span is the platform's own, around a function's or a service's. */
  isOwn?(span: SpanName): boolean;
  /** Whether the span is no more than the wait for an instance that may take the request. */
  isWait?(span: SpanName): boolean;
  /** Whether the span is a process's start. */
  isStart?(span: SpanName): boolean;
}
