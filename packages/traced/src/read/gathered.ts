/** The traces of an input, gathered from its documents: spans of one trace may be spread over several. */
import type { JaegerProcess, JaegerSpan, JaegerTrace } from '../diagnosis/jaeger.ts';
import { canonicalId, withOneSpelling } from './ids.ts';

export class GatheredTraces {
  readonly #traces = new Map<string, Gathered>();

  /** A trace that came as one; its spans join those of the same id that came before. */
  addTrace(trace: JaegerTrace): void {
    const key = canonicalId(trace.traceID);
    const known = this.#traces.get(key);
    if (known === undefined) this.#traces.set(key, new Gathered(trace));
    else known.join(trace);
  }

  /** A span that came by itself. */
  addSpan(span: JaegerSpan, process: JaegerProcess): void {
    const key = canonicalId(span.traceID);
    let known = this.#traces.get(key);
    if (known === undefined) {
      known = new Gathered({ traceID: span.traceID, spans: [], processes: {}, warnings: null });
      this.#traces.set(key, known);
    }
    known.add(span, process);
  }

  /** One trace for each id, in the order in which they were met. */
  all(): JaegerTrace[] {
    return [...this.#traces.values()].map(({ trace }) => {
      trace.spans = withOneSpelling(trace.spans);
      return trace;
    });
  }
}

const contents = new WeakMap<JaegerProcess, string>();

function contentOf(process: JaegerProcess): string {
  let content = contents.get(process);
  if (content === undefined) {
    content = JSON.stringify(process);
    contents.set(process, content);
  }
  return content;
}

class Gathered {
  readonly trace: JaegerTrace;
  /** Of its processes by their content, once it is needed. */
  #processIDs: Map<string, string> | undefined;
  #lastProcess = 0;

  constructor(trace: JaegerTrace) {
    this.trace = trace;
  }

  join({ spans, processes, warnings }: JaegerTrace): void {
    for (const span of spans) {
      const process = Object.hasOwn(processes, span.processID) ? processes[span.processID] : undefined;
      if (process === undefined) this.trace.spans.push(span);
      else this.add(span, process);
    }
    if (warnings !== null) this.trace.warnings = [...(this.trace.warnings ?? []), ...warnings];
  }

  add(span: JaegerSpan, process: JaegerProcess): void {
    span.processID = this.#idOf(process);
    this.trace.spans.push(span);
  }

  #idOf(process: JaegerProcess): string {
    const { processes } = this.trace;
    this.#processIDs ??= new Map(Object.entries(processes).map(([id, each]) => [contentOf(each), id]));
    const content = contentOf(process);
    let id = this.#processIDs.get(content);
    if (id === undefined) {
      do id = `p${++this.#lastProcess}`;
      while (Object.hasOwn(processes, id));
      this.#processIDs.set(content, id);
      processes[id] = process;
    }
    return id;
  }
}
