/** What is printed of the requests that the functions get: a line, the waterfall and the findings. */
import { diagnose } from '../diagnosis/diagnose.ts';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';
import { renderFindings, renderMarked } from '../diagnosis/report.ts';
import { printable } from '../diagnosis/terminal-text.ts';
import { awaitTrace } from './await-trace.ts';
import type { Exchange } from './functions/front.ts';

export interface ReportOptions {
  say(line: string): void;
  warn(line: string): void;
  /** The spans of a trace that have arrived so far. */
  readTrace(traceId: string): Promise<JaegerTrace | undefined>;
  /** The page. */
  tracesUrl: string;
  signal: AbortSignal;
}

const mostReasonLength = 300;
/** Nobody reads more waterfalls than this at a time; of the requests beyond it there is a line. */
const mostWaiting = 2;

/** Shows requests in the order of their ends, one trace at a time. */
export class RequestReport {
  readonly #options: ReportOptions;
  #showing: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** Resolves when the request has been shown. */
  show({ method, path, status, milliseconds, traceId }: Exchange): Promise<void> {
    const line = `${method} ${printable(path)}: ${status} in ${milliseconds} ms`;
    if (traceId === undefined || this.#waiting >= mostWaiting) {
      this.#options.say(line);
      return Promise.resolve();
    }
    this.#waiting++;
    this.#showing = this.#showing
      .then(() => this.#showTrace(line, traceId))
      .finally(() => {
        this.#waiting--;
      });
    return this.#showing;
  }

  async #showTrace(line: string, traceId: string): Promise<void> {
    const { say, warn, readTrace, tracesUrl, signal } = this.#options;
    if (signal.aborted) return;
    say(line);
    try {
      const trace = await awaitTrace(traceId, { read: readTrace, signal });
      if (signal.aborted) return;
      if (trace === undefined) return warn(`trace ${traceId} has not arrived`);
      say(textOf(trace));
    } catch (error) {
      if (signal.aborted) return;
      // Whatever a Jaeger responds with, the functions serve on.
      const reason = printable(reasonFor(error)).slice(0, mostReasonLength);
      return warn(`trace ${traceId} cannot be read from ${tracesUrl}: ${reason}`);
    }
    say(`\nin the browser: ${tracesUrl}/trace/${traceId}`);
  }
}

/** `fetch` says no more than "fetch failed"; the reason is its cause. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
}

function textOf(trace: JaegerTrace): string {
  const { isTTY, columns } = process.stdout;
  const screen = {
    columns: Math.min(80, columns || 80),
    color: isTTY === true && !process.env['NO_COLOR'],
  };
  const diagnosis = diagnose(trace);
  return `\n${renderMarked(diagnosis, screen)}\n${renderFindings(diagnosis, screen)}`.trimEnd();
}
