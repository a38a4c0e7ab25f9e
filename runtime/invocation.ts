import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { context, createContextKey } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import { HttpError } from './problem.ts';

/** One run of a function: one request, its answer and its time budget. */
export interface Invocation {
  readonly id: string;
  readonly response: ServerResponse;
  /** Aborted when the budget is used up (reason: HttpError 504) or the client has gone away (reason: HttpError 499). */
  readonly signal: AbortSignal;
  /** Milliseconds of the budget that are left, at least 1. */
  remainingMs(): number;
}

export const budgetHeader = 'x-request-timeout-ms';

const key = createContextKey('invocation');

/** The budget of a request in ms: this hop's own, or the caller's where that is smaller. */
export function budgetMs(header: string | string[] | undefined, own: number): number {
  const asked = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : own;
  return Math.max(1, Math.min(asked, own));
}

/** Begins an invocation; its timer ends with the answer. */
export function beginInvocation(
  req: IncomingMessage,
  response: ServerResponse,
  budget: number,
  onTimeout: (error: HttpError) => void,
): Invocation {
  const controller = new AbortController();
  const deadline = performance.now() + budget;
  const timer = setTimeout(() => {
    const error = new HttpError(504, `The request took longer than its budget of ${budget} ms.`);
    controller.abort(error);
    onTimeout(error);
  }, budget);
  response.once('close', () => {
    clearTimeout(timer);
    if (!response.writableFinished) controller.abort(new HttpError(499, 'The client has gone away.'));
  });
  req.on('error', () => undefined);
  return {
    id: randomUUID(),
    response,
    signal: controller.signal,
    remainingMs: () => Math.max(1, Math.round(deadline - performance.now())),
  };
}

/** Runs `work` with the invocation as the current one. */
export function withInvocation<T>(invocation: Invocation, work: () => T): T {
  return context.with(context.active().setValue(key, invocation), work);
}

/** The invocation that the running code belongs to, or undefined outside of one. */
export function currentInvocation(): Invocation | undefined {
  return context.active().getValue(key) as Invocation | undefined;
}

/** Names the route that the current request matched: the server span is named after it. */
export function setRoute(route: string): void {
  const metadata = getRPCMetadata(context.active());
  if (metadata?.type === RPCType.HTTP) metadata.route = route;
}
