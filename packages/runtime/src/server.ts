import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { createApplication } from './application.ts';
import { reportColdStart } from './cold-start.ts';
import { config } from './config.ts';
import type { LoadedFunction } from './function-kinds.ts';
import { generateSpanId, generateTraceId } from './ids.ts';
import { beginInvocation, budgetHeader, budgetMs, currentInvocation, withInvocation } from './invocation.ts';
import { limitConnections } from './limits.ts';
import { log } from './log.ts';
import { HttpError, problem, sendProblem } from './problem.ts';
import { isHealthCheck } from './tracing.ts';

/** What is refused before anything reads a body: the framework would buffer up to 1 GB of it first. */
function refusal(req: IncomingMessage): HttpError | undefined {
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    return new HttpError(405, `${req.method} is not possible here; GET and HEAD are.`, {
      headers: { allow: 'GET, HEAD' },
    });
  }
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody) return new HttpError(413, 'A request here has no body.');
  return undefined;
}

/** Connections of which nothing more is taken up: what came behind in one piece is parsed all the same. */
const over = new WeakSet<Duplex>();

function refuse(req: IncomingMessage, res: ServerResponse, error: HttpError): void {
  // What is left of the body is never read, so the connection cannot carry another request.
  if (!req.complete) {
    res.setHeader('connection', 'close');
    over.add(req.socket);
  }
  sendProblem(res, error);
}

function describe(res: ServerResponse, invocationId: string): void {
  const span = trace.getActiveSpan();
  if (span === undefined) return;
  const { traceId, spanId, traceFlags } = span.spanContext();
  res.setHeader('traceresponse', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
  span.setAttribute('faas.invocation_id', invocationId);
  reportColdStart(span, process.env['K_SERVICE'] !== undefined);
}

const allClosed = (answers: readonly ServerResponse[]): Promise<unknown> =>
  Promise.all(answers.map(res => new Promise(resolve => res.once('close', resolve))));

/**
 * Requests that Node's parser gave up on never become a trace, but their answer has an id to be found by in the log. It
 * comes last: among the answers that are under way on its connection, or within one, it would be taken for theirs.
 */
async function onClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  underWay: ServerResponse[],
): Promise<void> {
  if (over.has(socket) && socket.writable) return;
  over.add(socket);
  if (error.code !== 'ECONNRESET') {
    await allClosed(underWay);
  }
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const traceId = generateTraceId();
  const body = problem(status, 'The request could not be read as HTTP/1.1.', traceId);
  log.info('malformed request', { status, reason: error.code, trace_id: traceId });
  const head = [
    `HTTP/1.1 ${status} Bad Request`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `traceresponse: 00-${traceId}-${generateSpanId()}-00`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/**
 * The answers that are under way. In an array: a Set leaves tables behind as it changes, each with what was in it and a
 * reference to the next one, so that V8, once one of them has got old, keeps all later requests until it collects it.
 */
class OpenAnswers {
  readonly all: ServerResponse[] = [];

  add(res: ServerResponse): void {
    this.all.push(res);
    res.once('close', () => {
      const last = this.all.pop() as ServerResponse;
      if (last !== res) this.all[this.all.indexOf(res)] = last;
    });
  }

  on(socket: Duplex): ServerResponse[] {
    return this.all.filter(res => res.req.socket === socket);
  }
}

const answersEnded = async ({ all }: OpenAnswers): Promise<void> => {
  while (all.length > 0) await allClosed(all);
};

/** While the listener closes: how long the first request of a connection is waited for. */
const firstRequestMs = 200;

/** Takes connections until none waits to be taken: the kernel resets those that still do when the listener closes. */
async function acceptWaiting(server: Server): Promise<void> {
  const last = performance.now() + firstRequestMs;
  let accepted = true;
  const onConnection = () => {
    accepted = true;
  };
  server.on('connection', onConnection);
  while (accepted && performance.now() < last) {
    accepted = false;
    await nextTurn();
  }
  server.off('connection', onConnection);
}

export interface FunctionServer {
  server: Server;
  /** From now on answers say `Connection: close`, so that clients move elsewhere by themselves. */
  announceClose(): void;
  /**
   * Closes the listener once it has taken who waits there, then, once the last answer has ended, every connection,
   * whatever state it is in.
   */
  close(): Promise<void>;
}

/**
 * Puts a function behind a server that keeps to the contract, whoever registered it: what it refuses, how it fails, its
 * deadline, its health check and its trace.
 */
export async function createFunctionServer(loaded: LoadedFunction): Promise<FunctionServer> {
  const app = await createApplication(loaded, config);
  const server = http.createServer();
  const open = new OpenAnswers();
  let closing = false;
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (over.has(req.socket)) return;
    if (closing) res.setHeader('connection', 'close');
    if (isHealthCheck(req)) {
      res.setHeader('content-type', 'text/plain').end('ok\n');
      return;
    }
    open.add(res);
    const budget = budgetMs(req.headers[budgetHeader], config.requestTimeoutMs);
    const invocation = beginInvocation(req, res, budget, error => sendProblem(res, error));
    describe(res, invocation.id);
    const refused = refusal(req);
    if (refused) refuse(req, res, refused);
    else withInvocation(invocation, () => app(req, res));
  });
  limitConnections(server, config.requestTimeoutMs);
  server.on('clientError', (error, socket) => onClientError(error, socket, open.on(socket)));
  // By itself Node would cut off the answers that are under way on its connection.
  server.on('connect', (_req, socket) => onClientError(new Error('CONNECT'), socket, open.on(socket)));
  server.on('checkContinue', (req, res) => server.emit('request', req, res));
  return {
    server,
    announceClose() {
      closing = true;
      for (const res of open.all) if (!res.headersSent) res.setHeader('connection', 'close');
    },
    async close() {
      await acceptWaiting(server);
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await answersEnded(open);
      // The request of who has only just connected is on its way.
      await Promise.race([closed, pause(firstRequestMs)]);
      await answersEnded(open);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers 500 for an exception that escaped its handler, such as one in a timer, and goes on serving the others. */
export function onStrayError(error: unknown): void {
  const response = currentInvocation()?.response;
  if (response === undefined)
    log.error('stray error', { stack: error instanceof Error ? error.stack : String(error) });
  else sendProblem(response, error);
}
