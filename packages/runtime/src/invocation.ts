import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { context, createContextKey } from '@opentelemetry/api';
import { getRPCMetadata, RPCType } from '@opentelemetry/core';
import { uuid } from './ids.ts';
import { HttpError } from './problem.ts';

/** One run of a function: one request, its response and its deadline. */
export interface Invocation {
  readonly id: string;
  /** Undefined once it has been closed. */
  readonly response: ServerResponse | undefined;
  /** Aborted at the deadline (reason: HttpError 504) or when the client disconnects (reason: HttpError 499). */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline, at least 1; the whole timeout while the request's body is still being read. */
  remainingMs(): number;
  /** Begins the time to the deadline. */
  start(): void;
  /** Has no deadline from now on: the connection is the function's, until it closes. */
  takeOver(connection: Socket): void;
}

/** How many ms the caller still waits. */
export const timeoutHeader = 'x-request-timeout-ms';

const key = createContextKey('invocation');

/** The time to a request's deadline in ms: this hop's own, or the caller's where that is smaller. */
export function deadlineMs(header: string | string[] | undefined, own: number): number {
  const asked = typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : own;
  return Math.max(1, Math.min(asked, own));
}

const disconnected = (): HttpError => new HttpError(499, 'The client has disconnected.');

class Running implements Invocation {
  readonly id = uuid();
  response: ServerResponse | undefined;
  readonly #timeoutMs: number;
  readonly #onTimeout: (error: HttpError) => void;
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;
  #controller: AbortController | undefined;
  #reason: HttpError | undefined;
  /** Bytes that had come and gone on the connection when the time was last up. */
  #moved = 0;

  constructor(response: ServerResponse, timeoutMs: number, onTimeout: (error: HttpError) => void) {
    this.response = response;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /** Made when it is first asked for: few functions make calls, and an AbortController costs as much as a span. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: HttpError): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  remainingMs(): number {
    if (this.#timer === undefined) return this.#timeoutMs;
    return Math.max(1, Math.round(this.#deadline - performance.now()));
  }

  start(): void {
    this.#deadline = performance.now() + this.#timeoutMs;
    this.#timer = setTimeout(() => this.#expire(), this.#timeoutMs);
  }

  takeOver(connection: Socket): void {
    this.close();
    this.#timer = undefined;
    connection.once('close', () => this.abort(disconnected()));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.response = undefined;
  }

  /** A stream that moves, up or down, goes on: for another timeout each time. */
  #expire(): void {
    if (this.#moves()) {
      this.start();
      return;
    }
    const error = new HttpError(504, `The request took longer than its deadline of ${this.#timeoutMs} ms.`);
    this.abort(error);
    this.#onTimeout(error);
  }

  #moves(): boolean {
    const { response } = this;
    if (response === undefined) return false;
    const { socket, complete } = response.req;
    const moved = (response.headersSent ? socket.bytesWritten : 0) + (complete ? 0 : socket.bytesRead);
    const moves = moved > this.#moved;
    this.#moved = moved;
    return moves;
  }
}

/** Makes an invocation, whose deadline counts from its `start` and ends with the response. */
export function beginInvocation(
  req: IncomingMessage,
  response: ServerResponse,
  timeoutMs: number,
  onTimeout: (error: HttpError) => void,
): Invocation {
  const invocation = new Running(response, timeoutMs, onTimeout);
  response.once('close', () => {
    // Native writes keep the context that they began in until V8 collects its old generation: a request and its response
    // would stay there with it.
    invocation.close();
    if (!response.writableFinished) invocation.abort(disconnected());
  });
  req.on('error', () => undefined);
  return invocation;
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
