/** What Node's parser cannot read, and connections that end for it. */
import { METHODS, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { generateSpanId, generateTraceId } from './ids.ts';
import { log } from './log.ts';
import { allClosed } from './open-responses.ts';
import { HttpError, problem, sendProblem } from './problem.ts';

interface ParserError extends NodeJS.ErrnoException {
  rawPacket?: Buffer;
}

/** Connections of which nothing more is taken up: what came behind in one piece is parsed all the same. */
export const over = new WeakSet<Duplex>();

const statusOf: Record<string, number> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_INVALID_VERSION: 505,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** A request line that is fine but for its method gets 501 (RFC 9110, 9.1). */
function hasUnknownMethod({ code, rawPacket }: ParserError): boolean {
  if (code !== 'HPE_INVALID_METHOD' || rawPacket === undefined) return false;
  const method = /^([A-Z-]+) \S+ HTTP\/1\.[01]\r\n/.exec(rawPacket.toString('latin1'))?.[1];
  return method !== undefined && !METHODS.includes(method);
}

/** Node's parser takes a line feed without a carriage return for a part of the version. */
const endsLineBadly = ({ rawPacket }: ParserError): boolean =>
  /^[^\r\n]* HTTP\/1\.[01]\n/.test(rawPacket?.toString('latin1') ?? '');

function statusFor(error: ParserError): number {
  if (hasUnknownMethod(error)) return 501;
  const status = statusOf[error.code ?? ''] ?? 400;
  return status === 505 && endsLineBadly(error) ? 400 : status;
}

const detailOf: Record<number, string> = {
  408: 'The request did not arrive in time.',
  413: 'The request’s chunk extensions are too large.',
  431: 'The request’s headers are too large: it could not be read as HTTP/1.1.',
  501: 'The request’s method is not known.',
  505: 'Only HTTP/1.1 and HTTP/1.0 are supported.',
};

/** A request whose head was fine and whose body is not has a response of its own, with its trace's id. */
function failBody(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('connection', 'close');
  sendProblem(res, new HttpError(400, 'The request body could not be read as HTTP/1.1.'));
}

function writeProblem(socket: Duplex, error: ParserError): void {
  const status = statusFor(error);
  const traceId = generateTraceId();
  const detail = detailOf[status] ?? 'The request could not be read as HTTP/1.1.';
  const body = problem(status, detail, traceId);
  log.info('malformed request', { status, reason: error.code, trace_id: traceId });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `traceresponse: 00-${traceId}-${generateSpanId()}-00`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/**
 * Requests that Node's parser gave up on never become a trace, but their response has an id to be found by in the log.
 * It comes last: among the responses that are under way on its connection, or within one, it would be taken for theirs.
 */
export async function onClientError(
  error: ParserError,
  socket: Duplex,
  underWay: ServerResponse[],
): Promise<void> {
  if (over.has(socket) && socket.writable) return;
  over.add(socket);
  const isGone = error.code === 'ECONNRESET';
  const broken = isGone ? undefined : underWay.find(res => !res.req.complete);
  if (broken !== undefined) failBody(broken);
  if (!isGone) await allClosed(underWay);
  if (isGone || broken !== undefined || !socket.writable) socket.destroy();
  else writeProblem(socket, error);
}

/** How long, in ms, what a client still sends is read and thrown away, so that it gets to read the response. */
const lingerMs = 5_000;

/**
 * Lets nothing more be taken up from a connection whose request is not read to its end. A connection that is closed
 * with bytes unread is reset, and the client may lose the response that it has not read yet.
 */
export function endAfterResponse(res: ServerResponse): void {
  const { socket } = res.req;
  res.setHeader('connection', 'close');
  over.add(socket);
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
    };
    socket.once('close', () => clearTimeout(timer));
    socket.end();
    if (res.req.complete) socket.once('finish', done);
    else res.req.once('close', done).once('end', done).resume();
  };
}
