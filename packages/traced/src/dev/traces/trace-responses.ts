/** The traces of a response, in JSON: small ones at once, large ones in slices, sequentially and within bounds. */
import type { ServerResponse } from 'node:http';
import { type Span, spanBytes } from '../../read/span.ts';
import { adjustSteps } from './adjust.ts';
import { busy, FairBudget } from './fair-budget.ts';
import { HttpError } from './http-error.ts';
import { jaegerSteps } from './jaeger-json.ts';
import { runAtOnce, runInSlices, type Steps } from './slices.ts';

export interface Answer {
  status: number;
  type: string;
  body: string | readonly Buffer[];
  headers?: Record<string, string>;
}

/** Accounted bytes of spans that are shown at once. */
const MAX_SMALL_BYTES = 1024 * 1024;
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
const MAX_WAITING = 32;
const CHUNK_LENGTH = 65_536;
// What clients have not read yet, of all responses together.
const BUDGET = new FairBudget(2 * MAX_RESPONSE_BYTES);

/** Counts what a client is yet to read of a response; its connection ends where others need the memory. Throws 503. */
export function charge(response: ServerResponse, bytes: number): void {
  const share = BUDGET.open();
  response.once('close', () => share.close());
  share.take(bytes);
  share.onRevoke(() => response.destroy());
}

export function isLarge(traces: readonly (readonly Span[])[]): boolean {
  let bytes = 0;
  for (const spans of traces) {
    for (const span of spans) {
      bytes += spanBytes(span);
      if (bytes > MAX_SMALL_BYTES) return true;
    }
  }
  return false;
}

/** Adds the text of one trace, in as many parts as it takes. */
export type TraceWriter = (spans: readonly Span[], add: (text: string) => void) => Steps<void>;

/** A trace in the JSON of Jaeger's first API. */
export function* writeJaegerTrace(spans: readonly Span[], add: (text: string) => void): Steps<void> {
  const { spans: shown, ...rest } = yield* jaegerSteps(spans);
  add(`{"traceID":${JSON.stringify(rest.traceID)},"spans":[`);
  for (const [place, span] of shown.entries()) {
    add(`${place === 0 ? '' : ','}${JSON.stringify(span)}`);
    yield;
  }
  add(`],"processes":${JSON.stringify(rest.processes)},"warnings":${JSON.stringify(rest.warnings)}}`);
}

/** As `LargeResponses.listOf`, of traces that are not large. */
export const smallList = (
  traces: readonly (readonly Span[])[],
  raw: boolean,
  write: TraceWriter,
): readonly Buffer[] => runAtOnce(listSteps(traces, { raw, write }, () => {}));

/** Large responses are made sequentially: each needs several times as much memory as its traces. */
export class LargeResponses {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * The traces' JSON, as a list, each trace as `write` has it. Its memory is given to others if the client is slow to
   * read it; its connection ends then. Throws `HttpError` 400 if it is too large, 503 if too many wait; rejects if the client disconnects.
   */
  async listOf(
    traces: readonly (readonly Span[])[],
    raw: boolean,
    response: ServerResponse,
    write: TraceWriter = writeJaegerTrace,
  ): Promise<readonly Buffer[]> {
    if (this.#waiting === MAX_WAITING) throw busy();
    this.#waiting++;
    const share = BUDGET.open();
    response.once('close', () => share.close());
    const before = this.#last;
    const made = before.then(() => {
      if (response.destroyed) throw new Error('the client disconnected');
      return runInSlices(
        listSteps(traces, { raw, write }, bytes => share.take(bytes)),
        () => response.destroyed,
      );
    });
    this.#last = made.catch(() => {}).finally(() => this.#waiting--);
    const chunks = await made;
    share.onRevoke(() => response.destroy());
    return chunks;
  }
}

function* listSteps(
  traces: readonly (readonly Span[])[],
  { raw, write }: { raw: boolean; write: TraceWriter },
  take: (bytes: number) => void,
): Steps<Buffer[]> {
  const chunks: Buffer[] = [];
  let total = 0;
  let pending = '';
  const flush = () => {
    const chunk = Buffer.from(pending);
    pending = '';
    total += chunk.length;
    if (total > MAX_RESPONSE_BYTES) {
      throw new HttpError(
        400,
        `the response is larger than ${MAX_RESPONSE_BYTES} bytes; ask for fewer traces`,
      );
    }
    take(chunk.length);
    chunks.push(chunk);
  };
  const add = (text: string) => {
    pending += text;
    if (pending.length >= CHUNK_LENGTH) flush();
  };
  add('[');
  for (const [at, spans] of traces.entries()) {
    if (at > 0) add(',');
    yield* write(raw ? spans : yield* adjustSteps(spans), add);
  }
  add(']');
  flush();
  return chunks;
}
