import { once } from 'node:events';
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { trace } from '@opentelemetry/api';
import { createApplication } from './application.ts';
import { announcesBody, isParsed, lengthFault, readBody, requireNoBody } from './bodies.ts';
import { allClosed, endAfterResponse, onClientError, over } from './client-error.ts';
import { reportColdStart } from './cold-start.ts';
import { config } from './config.ts';
import type { LoadedFunction } from './function-kinds.ts';
import { InFlight } from './in-flight.ts';
import {
  beginInvocation,
  budgetHeader,
  budgetMs,
  currentInvocation,
  type Invocation,
  withInvocation,
} from './invocation.ts';
import { limitConnections } from './limits.ts';
import { log } from './log.ts';
import { acceptedMethods, allowed, isBodiless, methodFault } from './methods.ts';
import { HttpError, sendProblem } from './problem.ts';
import { normalizeTarget, requestFault } from './request-line.ts';
import { isHealthCheck } from './tracing.ts';
import { watchUpload } from './upload.ts';

/** What a function’s server refuses before anything reads a body. */
function refusal(req: IncomingMessage, methods: readonly string[] | undefined): HttpError | undefined {
  const fault = requestFault(req) ?? (req.url === '*' ? undefined : methodFault(req, methods));
  if (fault !== undefined || !announcesBody(req)) return fault;
  if (isBodiless(methods) && Number(req.headers['content-length'] ?? 0) > 0) {
    return new HttpError(413, 'A request here has no body.');
  }
  return lengthFault(req, config.requestBodyLimit);
}

function refuse(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  // What is left of the body is never read, so the connection cannot carry another request.
  if (!req.complete && !res.headersSent) endAfterResponse(res);
  sendProblem(res, error);
}

/** Takes in a request that may have a body, and then calls `handle`. */
async function receive(
  req: IncomingMessage,
  res: ServerResponse,
  invocation: Invocation,
  { bodiless, handle }: { bodiless: boolean; handle: () => void },
): Promise<void> {
  if (req.headers.expect !== undefined && req.httpVersionMinor > 0) res.writeContinue();
  watchUpload(req, error => (res.writableEnded ? void req.socket.destroy() : refuse(req, res, error)));
  try {
    if (bodiless) await requireNoBody(req);
    else if (isParsed(req)) await readBody(req, res, config.requestBodyLimit);
  } catch (error) {
    refuse(req, res, error);
    return;
  }
  if (res.writableEnded || res.destroyed) return;
  invocation.start();
  handle();
}

function describe(res: ServerResponse, invocationId: string): void {
  const span = trace.getActiveSpan();
  if (span === undefined) return;
  const { traceId, spanId, traceFlags } = span.spanContext();
  res.setHeader('traceresponse', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`);
  span.setAttribute('faas.invocation_id', invocationId);
  reportColdStart(span, process.env['K_SERVICE'] !== undefined);
}

/**
 * The answers that are under way. In an array: a Set leaves tables behind as it changes, each with what was in it and a
 * reference to the next one, so that V8, once one of them has got old, keeps all later requests until it collects it.
 */
class OpenAnswers {
  readonly all: ServerResponse[] = [];
  readonly #onClosed: (socket: Socket) => void;

  constructor(onClosed: (socket: Socket) => void) {
    this.#onClosed = onClosed;
  }

  add(res: ServerResponse): void {
    this.all.push(res);
    res.once('close', () => {
      const last = this.all.pop() as ServerResponse;
      if (last !== res) this.all[this.all.indexOf(res)] = last;
      this.#onClosed(res.req.socket);
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

/** Reads request targets, and bounds requests in flight, ahead of the instrumentation, which begins a span at the event. */
function putEdgeBefore(server: Server): InFlight {
  const emit = server.emit as (event: string, ...args: unknown[]) => boolean;
  const emitRequest = (req: IncomingMessage, res: ServerResponse) => emit.call(server, 'request', req, res);
  const inFlight = new InFlight(emitRequest);
  server.emit = (event: string, first?: unknown, second?: unknown, third?: unknown) => {
    if (event !== 'request') return emit.call(server, event, first, second, third);
    const [req, res] = [first as IncomingMessage, second as ServerResponse];
    normalizeTarget(req);
    if (isHealthCheck(req)) emitRequest(req, res);
    else inFlight.take(req, res);
    return true;
  };
  return inFlight;
}

/** Responds with problem documents where Node would respond by itself, without a body, or cut off what is under way. */
function answerInsteadOfNode(server: Server, open: OpenAnswers): void {
  Object.assign(server, { requireHostHeader: false });
  server.on('clientError', (error, socket) => onClientError(error, socket, open.on(socket)));
  server.on('connect', (_req, socket) => onClientError(new Error('CONNECT'), socket, open.on(socket)));
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (req, res) => server.emit('request', req, res));
  }
}

/**
 * Puts a function behind a server that keeps to the contract, whoever registered it: what it refuses, how it fails, its
 * deadline, its health check and its trace.
 */
export async function createFunctionServer(loaded: LoadedFunction): Promise<FunctionServer> {
  const app = await createApplication(loaded, config);
  const methods = acceptedMethods(loaded.userFunction);
  const bodiless = isBodiless(methods);
  const server = http.createServer();
  const inFlight = putEdgeBefore(server);
  const open = new OpenAnswers(socket => inFlight.end(socket));
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
    const refused = refusal(req, methods);
    if (refused) refuse(req, res, refused);
    else if (req.url === '*') res.writeHead(204, { allow: allowed(methods) }).end();
    else if (announcesBody(req)) {
      const handle = () => app(req, res);
      withInvocation(invocation, () => void receive(req, res, invocation, { bodiless, handle }));
    } else {
      invocation.start();
      withInvocation(invocation, () => app(req, res));
    }
  });
  limitConnections(server, config.requestTimeoutMs);
  answerInsteadOfNode(server, open);
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
