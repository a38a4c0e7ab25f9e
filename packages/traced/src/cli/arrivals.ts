/** Which traces are new and have come in whole, by asking again and again. */
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { buildTree } from '../diagnosis/tree.ts';

interface Waiting {
  trace: JaegerTrace;
  firstAt: number;
  /** When it last got spans. */
  changedAt: number;
}

/** Ids that are remembered; the oldest are forgotten first, and are past what is asked for by then. */
const mostSeen = 10_000;
/** What has not come in whole by then is taken as it is: ms. */
const patienceMs = 15_000;

export class Arrivals {
  readonly #seen = new Set<string>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #quietMs: number;

  /** @param quietMs a trace is whole when no span has come for so long, and no parent is missing */
  constructor(quietMs: number) {
    this.#quietMs = quietMs;
  }

  /** What is there before the watch began: what is whole of it is not new. */
  begin(traces: readonly JaegerTrace[], now: number): void {
    for (const trace of traces) {
      if (isWhole(trace)) this.#remember(trace.traceID);
      else this.#wait(trace, now);
    }
  }

  /**
   * Takes an answer; returns the new traces that are whole by now, or have been waited for long enough.
   * @param now ms, of any clock that only goes on
   */
  take(traces: readonly JaegerTrace[], now: number): JaegerTrace[] {
    for (const trace of traces) if (!this.#seen.has(trace.traceID)) this.#wait(trace, now);
    const ready = [...this.#waiting.values()].filter(waiting => this.#isReady(waiting, now));
    for (const { trace } of ready) {
      this.#waiting.delete(trace.traceID);
      this.#remember(trace.traceID);
    }
    return ready.map(({ trace }) => trace);
  }

  /** Whether none of these was known, so that others may have been missed between two answers. */
  areAllNew(traces: readonly JaegerTrace[]): boolean {
    return traces.every(({ traceID }) => !this.#seen.has(traceID) && !this.#waiting.has(traceID));
  }

  #isReady({ trace, firstAt, changedAt }: Waiting, now: number): boolean {
    return (now - changedAt >= this.#quietMs && isWhole(trace)) || now - firstAt >= patienceMs;
  }

  #wait(trace: JaegerTrace, now: number): void {
    const known = this.#waiting.get(trace.traceID);
    const isSame = known?.trace.spans.length === trace.spans.length;
    const changedAt = isSame ? known.changedAt : now;
    this.#waiting.set(trace.traceID, { trace, firstAt: known?.firstAt ?? now, changedAt });
  }

  #remember(id: string): void {
    this.#seen.delete(id);
    this.#seen.add(id);
    for (const oldest of this.#seen) {
      if (this.#seen.size <= mostSeen) break;
      this.#seen.delete(oldest);
    }
  }
}

function isWhole(trace: JaegerTrace): boolean {
  const { roots } = buildTree(trace);
  return roots.length === 1 && roots[0]?.missingParent === undefined;
}
