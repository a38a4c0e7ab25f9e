import { type ServerResponse, STATUS_CODES } from 'node:http';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { log } from './log.ts';

/**
 * An error with a response: thrown by a function, it reaches the client as `application/problem+json`.
 * `detail` is shown to strangers, so it names no host, no secret and no stack; `cause` is logged and traced.
 */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    detail: string,
    { headers = {}, cause }: { headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause });
    this.status = status;
    this.headers = headers;
  }
}

/** The trace id that a response announces in its `traceresponse`, or undefined where it has none. */
export function traceIdOf(res: ServerResponse): string | undefined {
  return String(res.getHeader('traceresponse') ?? '').split('-')[1];
}

/** An RFC 9457 problem document. */
export function problem(status: number, detail: string, traceId: string | undefined): string {
  return `${JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, traceId })}\n`;
}

/** Records a failure in the active span and in the log. */
export function reportFailure(error: unknown, status: number): void {
  const span = trace.getActiveSpan();
  const cause = error instanceof HttpError ? (error.cause ?? error) : error;
  const exception = cause instanceof Error ? cause : new Error(String(cause));
  if (status >= 500) {
    span?.recordException(exception);
    span?.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
    log.error(exception.message, { status, stack: exception.stack });
  } else {
    log.debug(exception.message, { status });
  }
}

/** It may be waiting for its turn on the connection, where Node would neither end it nor let anything follow it. */
function cutOff(res: ServerResponse): void {
  res.destroy();
  res.req.socket.destroy();
}

/** The response was fine, and its span may have ended: that the function failed afterwards is a span of its own. */
export function reportLate(error: unknown): void {
  // A missed deadline and a client that has disconnected are reported already.
  if (error instanceof HttpError) {
    log.debug('error after the response', { reason: error.message });
    return;
  }
  const exception = error instanceof Error ? error : new Error(String(error));
  const span = trace.getTracer('runtime').startSpan('after the response');
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
  span.end();
  log.error(exception.message, { after_response: true, stack: exception.stack });
}

/**
 * Sends a problem document for whatever was thrown; anything but an HttpError is a 500 that tells nothing.
 * Where a response has begun already, it is cut off, so that no client takes half of it for the whole.
 */
export function sendProblem(res: ServerResponse, error: unknown): void {
  const known = error instanceof HttpError;
  const status = known ? error.status : 500;
  if (res.writableEnded || res.destroyed) {
    reportLate(error);
    if (!res.writableEnded) cutOff(res);
    return;
  }
  reportFailure(error, status);
  if (res.headersSent) {
    cutOff(res);
    return;
  }
  for (const name of res.getHeaderNames()) if (name.startsWith('content-')) res.removeHeader(name);
  for (const [name, value] of Object.entries(known ? error.headers : {})) res.setHeader(name, value);
  res.statusCode = status;
  res.setHeader('content-type', 'application/problem+json');
  res.end(problem(status, known ? error.message : 'The function failed.', traceIdOf(res)));
}
