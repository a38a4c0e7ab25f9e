import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { JaegerTrace } from '../diagnosis/jaeger.ts';

/** A request's response. */
export interface Reply {
  status: number;
  milliseconds: number;
  /** From the response's `traceresponse`. */
  traceId: string | undefined;
}

/**
 * Sends one GET and reads the response to its end.
 * @throws the connection's error, or an AbortError
 */
export function request(url: string, signal: AbortSignal): Promise<Reply> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { signal, agent: false }, response => {
      const header = String(response.headers['traceresponse'] ?? '');
      const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(header)?.[1];
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        const milliseconds = Math.round(performance.now() - startedAt);
        resolve({ status: response.statusCode ?? 0, milliseconds, traceId });
      });
    });
    outgoing.once('error', reject);
    // A connection that becomes another protocol's is closed without an error.
    outgoing.once('close', () => reject(new Error('the connection was closed')));
  });
}

export interface TraceWait {
  read(traceId: string): Promise<JaegerTrace | undefined>;
  signal: AbortSignal;
  /** How long in all, in ms. */
  withinMs?: number;
  /** How long a trace must stay as it is, in ms, before it counts as whole. */
  quietMs?: number;
}

/**
 * Waits until all of a trace has arrived: one root, every other span's parent there, and no further span for a
 * moment. What has arrived by then is returned after `withinMs`, undefined if that is nothing.
 * @throws an AbortError, or what the last reading failed with
 */
export async function awaitTrace(traceId: string, wait: TraceWait): Promise<JaegerTrace | undefined> {
  const { read, signal, withinMs = 10_000, quietMs = 500 } = wait;
  const deadline = performance.now() + withinMs;
  let trace: JaegerTrace | undefined;
  let changedAt = performance.now();
  let failure: Error | undefined;
  while (performance.now() < deadline) {
    const now = await read(traceId).then(
      found => {
        failure = undefined;
        return found;
      },
      (error: Error) => {
        failure = error;
        return undefined;
      },
    );
    if (now?.spans.length !== trace?.spans.length) changedAt = performance.now();
    trace = now;
    if (trace !== undefined && isWhole(trace) && performance.now() - changedAt >= quietMs) return trace;
    await pause(50, undefined, { signal });
  }
  if (trace === undefined && failure !== undefined) throw failure;
  return trace;
}

/** Whether a trace has exactly one root and the parent of every other span. */
export function isWhole({ traceID, spans }: JaegerTrace): boolean {
  const ids = new Set(spans.map(span => span.spanID));
  const parents = spans.map(span => span.references.find(reference => reference.traceID === traceID)?.spanID);
  const roots = parents.filter(parent => parent === undefined).length;
  return roots === 1 && parents.every(parent => parent === undefined || ids.has(parent));
}
