import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { trace } from '@opentelemetry/api';
import { createApplication } from './application.ts';
import { announcesBody, isParsed, lengthFault, readBody, requireNoBody } from './bodies.ts';
import { endAfterResponse, over } from './client-error.ts';
import { closeServer } from './close-server.ts';
import { reportColdStart } from './cold-start.ts';
import { config } from './config.ts';
import { putEdgeBefore, respondInsteadOfNode } from './edge.ts';
import type { LoadedFunction } from './function-kinds.ts';
import type { InFlight } from './in-flight.ts';
import { beginInvocation, deadlineMs, type Invocation, timeoutHeader, withInvocation } from './invocation.ts';
import { limitConnections } from './limits.ts';
import { acceptedMethods, allowed, isBodiless, methodFault } from './methods.ts';
import { HttpError, sendProblem } from './problem.ts';
import { requestFault } from './request-line.ts';
import { noDeadline } from './settings.ts';
import { isHealthCheck } from './tracing.ts';
import {
  declaredUpgrade,
  headOf,
  isForFunction,
  runUpgrade,
  type UpgradeHandler,
  upgradeFault,
} from './upgrade.ts';
import { UpgradedConnections } from './upgraded-connections.ts';
import { watchUpload } from './upload.ts';

/** What a function’s server refuses before anything reads a body. */
function refusal(req: IncomingMessage, methods: readonly string[] | undefined): HttpError | undefined {
  const fault = requestFault(req) ?? (req.url === '*' ? undefined : methodFault(req, methods));
  if (headOf(req) !== undefined) return fault ?? upgradeFault(req);
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
  if (config.requestTimeoutMs !== noDeadline) {
    watchUpload(req, error => (res.writableEnded ? void req.socket.destroy() : refuse(req, res, error)));
  }
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

export interface FunctionServer {
  server: Server;
  /** From now on responses say `Connection: close`, so that clients move elsewhere by themselves. */
  announceClose(): void;
  /**
   * Closes the listener once it has taken the connections that wait there, then, once the last response has ended,
   * every connection, whatever state it is in.
   */
  close(): Promise<void>;
  /** Ends every connection at once. */
  cutOff(): void;
  /** Connections that the function has taken over for another protocol. */
  upgraded: UpgradedConnections;
}

interface Handlers {
  methods: readonly string[] | undefined;
  handle(req: IncomingMessage, res: ServerResponse): void;
  handleUpgrade(req: IncomingMessage, res: ServerResponse, invocation: Invocation): void;
}

/** Responds to a request by refusing it or by the function. */
function responder({ methods, handle, handleUpgrade }: Handlers) {
  const bodiless = isBodiless(methods);
  return (req: IncomingMessage, res: ServerResponse): void => {
    const deadline = deadlineMs(req.headers[timeoutHeader], config.requestTimeoutMs);
    const invocation = beginInvocation(req, res, deadline, error => sendProblem(res, error));
    describe(res, invocation.id);
    const refused = refusal(req, methods);
    if (refused) refuse(req, res, refused);
    else if (req.url === '*') res.writeHead(204, { allow: allowed(methods) }).end();
    else if (headOf(req) !== undefined) {
      withInvocation(invocation, () => handleUpgrade(req, res, invocation));
    } else if (announcesBody(req)) {
      const options = { bodiless, handle: () => handle(req, res) };
      withInvocation(invocation, () => void receive(req, res, invocation, options));
    } else {
      invocation.start();
      withInvocation(invocation, () => handle(req, res));
    }
  };
}

/** Has a function's own handler, or what listens to the server's event `upgrade`, handle requests for an upgrade. */
function upgrader(
  server: Server,
  inFlight: InFlight,
  upgraded: UpgradedConnections,
  declared: UpgradeHandler | undefined,
): Handlers['handleUpgrade'] {
  // Node looks for a listener before it takes a request for one.
  if (declared !== undefined) server.on('upgrade', () => undefined);
  // The server's own `emit` would begin another request.
  const { emit } = http.Server.prototype;
  return (req, res, invocation) =>
    void runUpgrade({
      req,
      res,
      invocation,
      handle() {
        const head = headOf(req) ?? Buffer.alloc(0);
        emit.call(server, 'upgrade', req, req.socket, head);
        return declared?.(req, req.socket, head);
      },
      onTaken(socket, isWebSocket) {
        inFlight.occupy(socket);
        upgraded.add(socket, isWebSocket);
      },
    });
}

/**
 * Puts a function behind a server that keeps to the contract, whoever registered it: what it refuses, how it fails, its
 * deadline, its health check and its trace.
 */
export async function createFunctionServer(loaded: LoadedFunction): Promise<FunctionServer> {
  const app = await createApplication(loaded, config);
  const server: Server = http.createServer({
    shouldUpgradeCallback: req => server.listenerCount('upgrade') > 0 && isForFunction(req),
  });
  const { inFlight, open, hold } = putEdgeBefore(server);
  const upgraded = new UpgradedConnections(server);
  const respond = responder({
    methods: acceptedMethods(loaded.userFunction),
    handle: app,
    handleUpgrade: upgrader(server, inFlight, upgraded, declaredUpgrade(loaded.userFunction)),
  });
  let closing = false;
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (over.has(req.socket)) return;
    if (closing) res.setHeader('connection', 'close');
    if (isHealthCheck(req)) {
      res.setHeader('content-type', 'text/plain').end('ok\n');
      return;
    }
    open.add(res);
    respond(req, res);
  });
  limitConnections(server, config.requestTimeoutMs);
  respondInsteadOfNode(server, open);
  return {
    server,
    announceClose() {
      closing = true;
      for (const res of open.all) if (!res.headersSent) res.setHeader('connection', 'close');
    },
    close: () => closeServer(server, open, upgraded, hold),
    cutOff() {
      server.closeAllConnections();
      upgraded.destroy();
    },
    upgraded,
  };
}
