import type { JaegerSpan, JaegerTrace } from './jaeger.ts';

/** One line of a waterfall: a span, or several like it under the same parent. Times are microseconds. */
export interface SpanRow {
  service: string;
  name: string;
  /** How many spans the row stands for. */
  count: number;
  depth: number;
  /** The earliest start, since the Unix epoch. */
  start: number;
  /** The latest end. */
  end: number;
  error: boolean;
}

/** From so many siblings alike on, they share a row. */
const foldFrom = 5;

/**
 * The spans of a trace in the order of a waterfall: children under their parents, by start. Siblings of one service
 * with the same name (numbers in it aside) and children alike are folded into one row, and their children with them;
 * one that takes far longer than the others, or failed, keeps a row of its own. A span whose parent is not in the trace is a root, and
 * so is the earliest of a cycle: each span is in exactly one row.
 */
export function spanRows(trace: JaegerTrace): SpanRow[] {
  const tree = new SpanTree(trace);
  const length = tree.end - tree.start;
  const rows: SpanRow[] = [];
  const waiting = groups(tree, tree.roots(), 0, length).reverse();
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    rows.push(group.row);
    const below = groups(tree, tree.takeChildren(group.spans), group.row.depth + 1, length);
    for (const child of below.reverse()) waiting.push(child);
  }
  return rows;
}

/** When a span starts and ends, in µs since the epoch; what is no number counts as 0. */
function times(span: JaegerSpan): { start: number; end: number } {
  const start = finite(span.startTime);
  return { start, end: start + Math.max(0, finite(span.duration)) };
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

class SpanTree {
  readonly start: number;
  readonly end: number;
  readonly #trace: JaegerTrace;
  readonly #children = new Map<string, JaegerSpan[]>();
  readonly #roots: JaegerSpan[] = [];

  constructor(trace: JaegerTrace) {
    this.#trace = trace;
    const ids = new Set(trace.spans.map(span => span.spanID));
    let start = Number.POSITIVE_INFINITY;
    let end = 0;
    for (const span of trace.spans) {
      start = Math.min(start, times(span).start);
      end = Math.max(end, times(span).end);
      const parent = parentOf(span);
      if (parent === undefined || !ids.has(parent)) this.#roots.push(span);
      else this.#add(parent, span);
    }
    this.start = start;
    this.end = Math.max(start, end);
    this.#addCycles();
  }

  #add(parent: string, span: JaegerSpan): void {
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, [span]);
    else siblings.push(span);
  }

  roots(): JaegerSpan[] {
    return this.#roots;
  }

  serviceOf(span: JaegerSpan): string {
    const processes = this.#trace.processes;
    return Object.hasOwn(processes, span.processID) ? (processes[span.processID]?.serviceName ?? '?') : '?';
  }

  /** Service and name, without the numbers that tell siblings alike apart. */
  kindOf(span: JaegerSpan): string {
    return JSON.stringify([this.serviceOf(span), span.operationName.replaceAll(/\d+/g, '#')]);
  }

  childKinds(span: JaegerSpan): string[] {
    const children = this.#children.get(span.spanID) ?? [];
    return [...new Set(children.map(child => this.kindOf(child)))].sort();
  }

  /** The children of these spans; each list is given once, so that two spans with one id don't share it. */
  takeChildren(spans: readonly JaegerSpan[]): JaegerSpan[] {
    return spans.flatMap(({ spanID }) => {
      const children = this.#children.get(spanID) ?? [];
      this.#children.delete(spanID);
      return children;
    });
  }

  /** Spans that no root leads to are in or under a cycle, which is opened at its earliest span. */
  #addCycles(): void {
    const reached = new Set<JaegerSpan>();
    for (const root of this.#roots) this.#reach(root, reached);
    if (reached.size === this.#trace.spans.length) return;
    for (const span of byStart(this.#trace.spans)) {
      if (reached.has(span)) continue;
      const parent = parentOf(span) ?? '';
      this.#children.set(
        parent,
        (this.#children.get(parent) ?? []).filter(child => child !== span),
      );
      this.#roots.push(span);
      this.#reach(span, reached);
    }
  }

  #reach(root: JaegerSpan, reached: Set<JaegerSpan>): void {
    const waiting = [root];
    for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
      if (reached.has(span)) continue;
      reached.add(span);
      for (const child of this.#children.get(span.spanID) ?? []) waiting.push(child);
    }
  }
}

function parentOf(span: JaegerSpan): string | undefined {
  const own = (span.references ?? []).filter(reference => reference.traceID === span.traceID);
  return (own.find(reference => reference.refType === 'CHILD_OF') ?? own[0])?.spanID;
}

const byStart = (spans: readonly JaegerSpan[]): JaegerSpan[] =>
  [...spans].sort((a, b) => times(a).start - times(b).start);

interface Group {
  row: SpanRow;
  spans: JaegerSpan[];
}

function groups(tree: SpanTree, siblings: readonly JaegerSpan[], depth: number, length: number): Group[] {
  const alike = new Map<string, JaegerSpan[]>();
  for (const span of byStart(siblings)) {
    const key = JSON.stringify([tree.kindOf(span), failed(span), tree.childKinds(span)]);
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [span]);
    else group.push(span);
  }
  return [...alike.values()]
    .flatMap(spans => (spans.length < foldFrom ? spans.map(span => [span]) : withoutOutliers(spans, length)))
    .map(spans => ({ row: row(tree, spans, depth), spans }))
    .sort((a, b) => a.row.start - b.row.start);
}

/** The one slow piece among a hundred is what a reader looks for, so it is not folded away. */
function withoutOutliers(spans: readonly JaegerSpan[], length: number): JaegerSpan[][] {
  const durations = spans.map(span => times(span).end - times(span).start).sort((a, b) => a - b);
  const median = durations[durations.length >> 1] ?? 0;
  const isOutlier = (span: JaegerSpan) => {
    const duration = times(span).end - times(span).start;
    return duration > 10 * median && duration > length / 10;
  };
  const usual = spans.filter(span => !isOutlier(span));
  return [usual, ...spans.filter(isOutlier).map(span => [span])].filter(group => group.length > 0);
}

function row(tree: SpanTree, spans: readonly JaegerSpan[], depth: number): SpanRow {
  const [first] = spans;
  const names = new Set(spans.map(span => span.operationName));
  const name = first?.operationName ?? '';
  return {
    service: first === undefined ? '?' : tree.serviceOf(first),
    name: names.size > 1 ? name.replaceAll(/\d+/g, '#') : name,
    count: spans.length,
    depth,
    start: spans.reduce((start, span) => Math.min(start, times(span).start), Number.POSITIVE_INFINITY),
    end: spans.reduce((end, span) => Math.max(end, times(span).end), 0),
    error: spans.some(failed),
  };
}

function failed(span: JaegerSpan): boolean {
  return (span.tags ?? []).some(
    ({ key, value }) =>
      (key === 'error' && (value === true || value === 'true')) ||
      (key === 'otel.status_code' && value === 'ERROR'),
  );
}
