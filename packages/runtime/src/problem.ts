import { type ServerResponse, STATUS_CODES } from 'node:http';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { log } from './log.ts';

/**
 * An error with an answer: thrown by a function, it reaches the client as `application/problem+json`.
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

/** The trace id that an answer announces in its `traceresponse`, or undefined where it has none. */
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

/** The answer was fine, and its span may have ended: that its function failed afterwards is a span of its own. */
function reportLate(error: unknown): void {
  // Whose time is up, or whose client has gone away, is reported already.
  if (error instanceof HttpError) {
    log.debug('error after the answer', { reason: error.message });
    return;
  }
  const exception = error instanceof Error ? error : new Error(String(error));
  const span = trace.getTracer('runtime').startSpan('after the answer');
  span.recordException(exception);
  span.setStatus({ code: SpanStatusCode.ERROR, message: exception.message });
  span.end();
  log.error(exception.message, { after_answer: true, stack: exception.stack });
}

/**
 * Answers with a problem document for whatever was thrown; anything but an HttpError is a 500 that tells nothing.
 * Where an answer has begun already, it is cut off, so that nobody takes half of it for the whole.
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
