/** The port that a function is called at: passes each request on to the function's process of the moment. */
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenOn } from '../listen.ts';
import { sendProblem } from './problem.ts';
import type { FunctionProcess } from './process.ts';

/** Who serves a request: a process, or why there is none. */
export type Serving = FunctionProcess | { status: 404 | 500 | 503; reason: string };

export interface FrontOptions {
  /** Waits for a process that is starting. */
  serving(): Promise<Serving>;
  /** A request is over; with the trace's id where the response names one. */
  onResponse(exchange: Exchange): void;
}

export interface Exchange {
  method: string;
  path: string;
  status: number;
  milliseconds: number;
  traceId: string | undefined;
  /** Whether its sender is traced too, as another of the functions is. */
  isTraced: boolean;
}

/** Of this hop; `expect` has been met by the server of this port. */
const ofThisHop = new Set(['connection', 'keep-alive', 'proxy-connection', 'expect']);

function passedOn(rawHeaders: readonly string[], except: ReadonlySet<string>): string[] {
  return rawHeaders.filter((_, at) => !except.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
}

const ofTheResponse = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** A process that has just ended may not be known to have: ms between tries, and how many. */
const retryMs = 20;
const mostTries = 50;

const isSafe = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

/** A connection for each request, so that none is sent on one that is about to be closed. */
function requestTo(port: number, { method, url, rawHeaders }: IncomingMessage): ClientRequest {
  const headers = passedOn(rawHeaders, ofThisHop);
  return request({ host: '127.0.0.1', port, method, path: url, headers, agent: false, setHost: false });
}

export class Front {
  readonly #options: FrontOptions;
  readonly #server: Server;
  #underWay = 0;
  #draining = false;
  #onIdle: (() => void) | undefined;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer({ requireHostHeader: false }, (req, res) => void this.#handle(req, res));
    this.#server.on('upgrade', (req, socket, head) => void this.#upgrade(req, socket, head));
    this.#server.requestTimeout = 0;
  }

  /** @throws the socket's error, such as EADDRINUSE */
  listen(port: number): Promise<number> {
    return listenOn(this.#server, port);
  }

  /** From now on only requests of other functions are passed on; resolves when none is under way. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#underWay === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle = resolve;
    await promise;
  }

  close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const began = performance.now();
    const isTraced = req.headers['traceparent'] !== undefined;
    if (this.#draining && !isTraced) {
      res.setHeader('connection', 'close');
      return sendProblem(req, res, 503, 'traced dev is stopping.');
    }
    this.#underWay++;
    res.once('close', () => {
      this.#underWay--;
      if (this.#underWay === 0) this.#onIdle?.();
      const [, traceId] = String(res.getHeader('traceresponse') ?? '').split('-');
      const { method = '', url = '' } = req;
      const milliseconds = Math.round(performance.now() - began);
      const [path = ''] = url.split('?');
      this.#options.onResponse({ method, path, status: res.statusCode, milliseconds, traceId, isTraced });
    });
    await this.#passOn(req, res);
  }

  async #passOn(
    req: IncomingMessage,
    res: ServerResponse,
    tries = mostTries,
    mayRepeat = isSafe(req),
  ): Promise<void> {
    const serving = await this.#options.serving();
    if (res.destroyed) return;
    if ('reason' in serving) return sendProblem(req, res, serving.status, serving.reason);
    const outgoing = requestTo(serving.port, req);
    const done = serving.begin();
    const end = () => {
      done();
      outgoing.destroy();
    };
    res.once('close', end);
    let isConnected = false;
    outgoing.once('socket', socket => {
      socket.once('connect', () => {
        isConnected = true;
        req.pipe(outgoing);
      });
    });
    outgoing.once('response', response => relay(response, res));
    outgoing.once('error', error => {
      // A process that has ended gets nothing; what it may have got is repeated where that does no harm (RFC 9110, 9.2.2).
      if (tries === 0 || res.headersSent || res.destroyed || (isConnected && !mayRepeat)) {
        return sendProblem(req, res, 502, `The function's process broke off: ${error.message}.`);
      }
      res.off('close', end);
      done();
      setTimeout(() => void this.#passOn(req, res, tries - 1, mayRepeat && !isConnected), retryMs);
    });
  }

  async #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const serving = await this.#options.serving();
    if ('reason' in serving) {
      socket.end(`HTTP/1.1 ${serving.status} Unavailable\r\nConnection: close\r\n\r\n`);
      return;
    }
    const done = serving.begin();
    const function_ = connect(serving.port, '127.0.0.1');
    const lines = [`${req.method} ${req.url} HTTP/1.1`];
    for (let at = 0; at < req.rawHeaders.length; at += 2) {
      lines.push(`${req.rawHeaders[at]}: ${req.rawHeaders[at + 1]}`);
    }
    function_.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
    function_.write(head);
    function_.on('error', () => socket.destroy());
    function_.once('close', () => {
      done();
      socket.destroy();
    });
    socket.once('close', () => function_.destroy());
    function_.pipe(socket).pipe(function_);
  }
}

function relay(response: IncomingMessage, res: ServerResponse): void {
  if (res.destroyed) return void response.destroy();
  const { statusCode = 502, statusMessage = '', rawHeaders } = response;
  // One by one, as `writeHead` with a list would not let `traceresponse` be read.
  const headers = passedOn(rawHeaders, ofTheResponse);
  for (let at = 0; at < headers.length; at += 2) res.appendHeader(headers[at] ?? '', headers[at + 1] ?? '');
  res.sendDate = false;
  res.writeHead(statusCode, statusMessage);
  response.once('error', () => res.destroy());
  response.pipe(res);
}
