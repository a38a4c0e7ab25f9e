import { setTimeout as pause } from 'node:timers/promises';
import type { JaegerSpan, JaegerTrace } from '../packages/traced/src/diagnosis/jaeger.ts';

/** A span with what it takes to ask questions of its trace. */
export interface Span {
  id: string;
  service: string;
  name: string;
  /** Its version of the function (`faas.version`), which is the revision; empty for spans of others. */
  revision: string;
  /** µs */
  start: number;
  /** µs */
  duration: number;
  kind: string;
  parent: Span | undefined;
  children: Span[];
  tag(key: string): string | number | boolean | undefined;
}

const parentId = (span: JaegerSpan): string | undefined =>
  span.references.find(({ refType, traceID }) => refType === 'CHILD_OF' && traceID === span.traceID)?.spanID;

/** The trace's spans with their parents and children found. */
export function spansOf(trace: JaegerTrace): Span[] {
  const byId = new Map<string, Span>();
  for (const raw of trace.spans) {
    const process = trace.processes[raw.processID];
    const of = (tags: JaegerSpan['tags'] = [], key: string) => tags.find(tag => tag.key === key)?.value;
    byId.set(raw.spanID, {
      id: raw.spanID,
      service: process?.serviceName ?? '',
      name: raw.operationName,
      revision: String(of(process?.tags, 'faas.version') ?? of(raw.tags, 'faas.version') ?? ''),
      start: raw.startTime,
      duration: raw.duration,
      kind: String(of(raw.tags, 'span.kind') ?? ''),
      parent: undefined,
      children: [],
      tag: key => of(raw.tags, key) ?? undefined,
    });
  }
  for (const raw of trace.spans) {
    const span = byId.get(raw.spanID);
    const parent = byId.get(parentId(raw) ?? '');
    if (span === undefined || parent === undefined) continue;
    span.parent = parent;
    parent.children.push(span);
  }
  return [...byId.values()];
}

/** The span's parent, that one's parent, and so on. */
export function* ancestors(span: Span): Generator<Span> {
  for (let above = span.parent; above !== undefined; above = above.parent) yield above;
}

/** A function's own span of the request, of each one that answered. */
export const serverSpans = (spans: readonly Span[], name?: string): Span[] =>
  spans.filter(
    ({ service, kind }) =>
      kind === 'server' && (name === undefined ? service.endsWith('-fn') : service === `${name}-fn`),
  );

/** Spans whose parent is said but not there. */
export function orphans(trace: JaegerTrace): string[] {
  const ids = new Set(trace.spans.map(({ spanID }) => spanID));
  return trace.spans
    .filter(span => parentId(span) !== undefined && !ids.has(parentId(span) ?? ''))
    .map(span => `the parent of ${trace.processes[span.processID]?.serviceName} ${span.operationName}`);
}

export interface TraceWait {
  withinMs?: number;
  /** Whether a span whose parent has not arrived makes a trace incomplete. */
  orphansToo?: boolean;
}

/** Jaeger's query API. */
export class Jaeger {
  readonly #url: string;

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`;
  }

  async read(traceId: string): Promise<JaegerTrace | undefined> {
    const response = await fetch(`${this.#url}/api/traces/${traceId}`, {
      signal: AbortSignal.timeout(20_000),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`Jaeger responded with ${response.status} for the trace ${traceId}`);
    const { data } = (await response.json()) as { data?: JaegerTrace[] };
    return data?.[0];
  }

  /**
   * Waits until a trace has arrived as far as `missing` can tell.
   * @param missing what the trace lacks so far; empty when nothing is
   * @throws an error that says what was missing at the end
   */
  async await(
    traceId: string,
    missing: (trace: JaegerTrace) => string[],
    wait: TraceWait = {},
  ): Promise<JaegerTrace> {
    const { withinMs = 30_000, orphansToo = true } = wait;
    const deadline = performance.now() + withinMs;
    for (;;) {
      const trace = await this.read(traceId).catch(() => undefined);
      const lacks =
        trace === undefined ? ['every span'] : [...missing(trace), ...(orphansToo ? orphans(trace) : [])];
      if (trace !== undefined && lacks.length === 0) return trace;
      if (performance.now() > deadline) {
        throw new Error(
          `the trace ${traceId} lacks, ${Math.round(withinMs / 1000)} s after its request: ${lacks.join(', ')}`,
        );
      }
      await pause(500);
    }
  }
}
