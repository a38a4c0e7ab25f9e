/** The traces in memory, bounded in number and bytes, with the searches of Jaeger's own memory storage. */
import type { JaegerTrace } from '../../diagnosis/jaeger.ts';
import {
  compareText,
  type Process,
  parentSpanID,
  type Span,
  spanBytes,
  tagsBytes,
  tagText,
} from '../../read/span.ts';
import { adjustTrace } from './adjust.ts';
import { toJaegerTrace } from './jaeger-json.ts';
import { TagSearch } from './tag-search.ts';

export interface TraceQuery {
  service: string;
  operation: string;
  /** All must be found on one span: among its tags, its process's, or its logs' fields. */
  tags: Map<string, string>;
  /** Nanoseconds since the Unix epoch, both ends included. */
  startMin: bigint;
  startMax: bigint;
  /** Nanoseconds; 0 is no limit. */
  durationMin: bigint;
  durationMax: bigint;
  /** The newest so many traces; 0 or less is all. */
  limit: number;
}

export interface Operation {
  name: string;
  spanKind: string;
}

export interface Dependency {
  parent: string;
  child: string;
  callCount: number;
}

export interface TraceStoreOptions {
  /** Default 2,000. */
  maxTraces?: number;
  /** Accounted bytes, an estimate of the heap used; default 64 MiB. */
  maxBytes?: number;
  log?: (message: string, fields?: Record<string, unknown>) => void;
  /** Milliseconds; for tests. */
  now?: () => number;
}

interface StoredTrace {
  id: string;
  spans: Span[];
  bytes: number;
  processes: Set<Process>;
}

const EVICTION_LOG_INTERVAL_MS = 10_000;
const SPAN_KINDS = new Set(['client', 'server', 'producer', 'consumer', 'internal']);

export class TraceStore {
  readonly #maxTraces: number;
  readonly #maxBytes: number;
  readonly #log: NonNullable<TraceStoreOptions['log']>;
  readonly #now: () => number;
  // In the order of each trace's first span's arrival, so the first is the oldest.
  readonly #traces = new Map<string, StoredTrace>();
  // A process is shared by the spans of a batch, so it is measured once and not for each of their traces.
  readonly #processBytes = new WeakMap<Process, number>();
  readonly #operations = new Map<string, Map<string, Operation & { spans: number }>>();
  #counters = { traces: 0, spans: 0, bytes: 0, evictedTraces: 0, evictedSpans: 0 };
  #lastEvictionLog = Number.NEGATIVE_INFINITY;

  constructor(options: TraceStoreOptions = {}) {
    this.#maxTraces = options.maxTraces ?? 2_000;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#log = options.log ?? (() => {});
    this.#now = options.now ?? Date.now;
  }

  /** Traces, spans and accounted bytes held now, and how many were evicted since the start. */
  get counters(): Readonly<{
    traces: number;
    spans: number;
    bytes: number;
    evictedTraces: number;
    evictedSpans: number;
  }> {
    return { ...this.#counters };
  }

  /** Keeps the spans, then evicts the oldest traces until all limits hold again. */
  add(spans: readonly Span[]): void {
    for (const span of spans) {
      let trace = this.#traces.get(span.traceID);
      if (trace === undefined) {
        trace = { id: span.traceID, spans: [], bytes: 0, processes: new Set() };
        this.#traces.set(span.traceID, trace);
        this.#counters.traces++;
      }
      let bytes = spanBytes(span);
      if (!trace.processes.has(span.process)) {
        trace.processes.add(span.process);
        bytes += this.#bytesOf(span.process);
      }
      trace.spans.push(span);
      trace.bytes += bytes;
      this.#counters.bytes += bytes;
      this.#counters.spans++;
      this.#countOperation(span, 1);
    }
    this.#evict();
  }

  /** The trace as Jaeger shows it, or undefined. The id may lack leading zeros or have more of them. */
  trace(id: string): JaegerTrace | undefined {
    const spans = this.spans(id);
    return spans === undefined ? undefined : toJaegerTrace(adjustTrace(spans));
  }

  /** The trace's spans as they were received, or undefined. */
  spans(id: string): readonly Span[] | undefined {
    const digits = id.toLowerCase().replace(/^0+/, '');
    return this.#traces.get(digits.padStart(digits.length > 16 ? 32 : 16, '0'))?.spans;
  }

  /** The services that have spans here, in order. */
  services(): string[] {
    return [...this.#operations.keys()].sort(compareText);
  }

  /** The service's operations in order, of one span kind if `spanKind` is not empty. */
  operations(service: string, spanKind = ''): Operation[] {
    const operations = [...(this.#operations.get(service)?.values() ?? [])];
    return operations
      .filter(operation => spanKind === '' || operation.spanKind === spanKind)
      .map(({ name, spanKind }) => ({ name, spanKind }))
      .sort((a, b) => compareText(a.name, b.name) || compareText(a.spanKind, b.spanKind));
  }

  /** The spans of each trace of which at least one span fits the whole query, oldest trace first. */
  find(query: TraceQuery): (readonly Span[])[] {
    const found: Span[][] = [];
    const tags = new TagSearch(query.tags);
    for (const { spans } of this.#traces.values()) {
      if (spans.some(span => fits(span, query) && tags.fits(span))) found.push(spans);
    }
    found.sort((a, b) => compareTimes(a[0]?.startTime ?? 0n, b[0]?.startTime ?? 0n));
    return query.limit > 0 ? found.slice(-query.limit) : found;
  }

  /** Calls between services in traces with a span that starts between the two times (nanoseconds, exclusive). */
  dependencies(from: bigint, to: bigint): Dependency[] {
    const links: Links = new Map();
    for (const { spans } of this.#traces.values()) {
      if (spans.some(({ startTime }) => startTime > from && startTime < to)) addDependencies(spans, links);
    }
    return [...links.values()]
      .flatMap(children => [...children.values()])
      .sort((a, b) => compareText(a.parent, b.parent) || compareText(a.child, b.child));
  }

  #bytesOf(process: Process): number {
    let bytes = this.#processBytes.get(process);
    if (bytes === undefined) {
      bytes = tagsBytes(process.tags) + process.serviceName.length;
      this.#processBytes.set(process, bytes);
    }
    return bytes;
  }

  #countOperation(span: Span, change: 1 | -1): void {
    const service = span.process.serviceName;
    const spanKind = kindOf(span);
    const key = `${spanKind} ${span.operationName}`;
    const operations = this.#operations.get(service) ?? new Map<string, Operation & { spans: number }>();
    const operation = operations.get(key) ?? { name: span.operationName, spanKind, spans: 0 };
    operation.spans += change;
    if (operation.spans > 0) operations.set(key, operation);
    else operations.delete(key);
    if (operations.size > 0) this.#operations.set(service, operations);
    else this.#operations.delete(service);
  }

  #evict(): void {
    const before = this.#counters.evictedTraces;
    for (const trace of this.#traces.values()) {
      if (this.#counters.traces <= this.#maxTraces && this.#counters.bytes <= this.#maxBytes) break;
      this.#traces.delete(trace.id);
      for (const span of trace.spans) this.#countOperation(span, -1);
      this.#counters.traces--;
      this.#counters.spans -= trace.spans.length;
      this.#counters.bytes -= trace.bytes;
      this.#counters.evictedTraces++;
      this.#counters.evictedSpans += trace.spans.length;
    }
    if (this.#counters.evictedTraces > before) this.#logEviction();
  }

  #logEviction(): void {
    const now = this.#now();
    if (now - this.#lastEvictionLog < EVICTION_LOG_INTERVAL_MS) return;
    this.#lastEvictionLog = now;
    this.#log('the oldest traces were evicted to stay within the limits', {
      ...this.#counters,
      maxTraces: this.#maxTraces,
      maxBytes: this.#maxBytes,
    });
  }
}

function kindOf(span: Span): string {
  const tag = span.tags.find(({ key }) => key === 'span.kind');
  const kind = tag === undefined ? '' : tagText(tag);
  return SPAN_KINDS.has(kind) ? kind : '';
}

function fits(span: Span, query: TraceQuery): boolean {
  if (span.process.serviceName !== query.service) return false;
  if (query.operation !== '' && span.operationName !== query.operation) return false;
  if (query.durationMin !== 0n && span.duration < query.durationMin) return false;
  if (query.durationMax !== 0n && span.duration > query.durationMax) return false;
  return span.startTime >= query.startMin && span.startTime <= query.startMax;
}

function compareTimes(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** By parent, then by child. */
type Links = Map<string, Map<string, Dependency>>;

function addDependencies(spans: readonly Span[], links: Links): void {
  const services = new Map<string, string>();
  for (const { spanID, process } of spans) {
    if (!services.has(spanID)) services.set(spanID, process.serviceName);
  }
  for (const span of spans) {
    const parent = services.get(parentSpanID(span));
    const child = span.process.serviceName;
    if (parent === undefined || parent === child) continue;
    const children = links.get(parent) ?? new Map<string, Dependency>();
    const link = children.get(child) ?? { parent, child, callCount: 0 };
    link.callCount++;
    children.set(child, link);
    links.set(parent, children);
  }
}
