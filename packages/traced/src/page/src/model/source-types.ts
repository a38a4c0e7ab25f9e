/** What the page asks of where its traces come from. */
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';

/** What `/api/traces` is asked for, in its own names and units. */
export interface Search {
  service: string;
  operation: string;
  /** A JSON object of texts, or empty. */
  tags: string;
  /** Like `1.5ms` or `2s`; empty for any. */
  minDuration: string;
  maxDuration: string;
  /** µs since the epoch. */
  start: number;
  end: number;
  limit: number;
}

export interface ServiceCalls {
  parent: string;
  child: string;
  callCount: number;
}

/** All reject with an error whose message is for people. */
export interface TraceSource {
  /** Whether the traces came with the document, so that there is nothing to search or wait for. */
  readonly isFile: boolean;
  services(): Promise<string[]>;
  operations(service: string): Promise<string[]>;
  search(search: Search, signal?: AbortSignal): Promise<JaegerTrace[]>;
  trace(id: string, signal?: AbortSignal): Promise<JaegerTrace>;
  traces(ids: readonly string[], signal?: AbortSignal): Promise<JaegerTrace[]>;
  calls(lookbackMs: number): Promise<ServiceCalls[]>;
}
