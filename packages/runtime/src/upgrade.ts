/**
 * Requests that turn their connection into one of another protocol, such as WebSockets (RFC 9110, 7.8). They pass the
 * same way as other requests until the function has responded: with 101, which ends the request's span, or otherwise.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { context } from '@opentelemetry/api';
import { invoked } from './events.ts';
import type { Invocation } from './invocation.ts';
import { allClosed, type OpenResponses } from './open-responses.ts';
import { HttpError, sendProblem } from './problem.ts';

/** Takes a connection over: writes the response's head to the socket itself, as libraries for WebSockets do. */
export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: NonSharedBuffer) => unknown;

type Handler = (...args: never[]) => unknown;

const handlers = new WeakMap<Handler, UpgradeHandler>();

/** Notes what serves a function's upgrades. */
export function declareUpgrade(registered: Handler, handler: UpgradeHandler): void {
  handlers.set(registered, handler);
}

/** What serves a function's upgrades, where it has declared that; it may also listen to its server's event. */
export const declaredUpgrade = (registered: Handler): UpgradeHandler | undefined => handlers.get(registered);

/** HTTP/2 by an upgrade is no more (RFC 9113, 3.1), but clients still ask for it with requests that are plain otherwise. */
export const isForFunction = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() !== 'h2c';

const heads = new WeakMap<IncomingMessage, NonSharedBuffer>();

/** What has come behind the head of a request for an upgrade; undefined for other requests. */
export const headOf = (req: IncomingMessage): NonSharedBuffer | undefined => heads.get(req);

/** A request for an upgrade has no response object in Node: this one ends its connection, too. */
function responseTo(req: IncomingMessage): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(req.socket);
  res.once('finish', () => {
    close(res);
    req.socket.destroySoon();
  });
  return res;
}

/** Ends a response whose connection is no longer its own, or is at its end. */
function close(res: ServerResponse): void {
  if (res.destroyed) return;
  res.detachSocket(res.req.socket);
  // As a response that has been sent.
  for (const name of ['finished', 'writableEnded', 'writableFinished', 'destroyed']) {
    Object.defineProperty(res, name, { value: true, configurable: true, writable: true });
  }
  res.emit('close');
}

/** Begins a request for an upgrade, once the responses to those before it on its connection have ended. */
export async function beginUpgrade(
  req: IncomingMessage,
  head: NonSharedBuffer,
  open: OpenResponses,
  begin: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<void> {
  const { socket } = req;
  // Node has taken its own listener away.
  socket.on('error', () => undefined);
  for (let before = open.on(socket); before.length > 0; before = open.on(socket)) await allClosed(before);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  heads.set(req, head);
  begin(req, responseTo(req));
}

/** 400 for a body, which not all versions of Node tell from what comes behind it. */
export function upgradeFault({ headers }: IncomingMessage): HttpError | undefined {
  if (headers['transfer-encoding'] === undefined && !Number(headers['content-length'] ?? 0)) return undefined;
  return new HttpError(400, 'A request that upgrades its connection has no body.');
}

type Chunk = string | Uint8Array;

function insertHeader(chunk: Chunk, line: string): Chunk {
  if (typeof chunk === 'string') return chunk.replace('\r\n', `\r\n${line}\r\n`);
  const bytes = Buffer.from(chunk);
  const at = bytes.indexOf('\r\n') + 2;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(`${line}\r\n`), bytes.subarray(at)]);
}

/** Calls `onHead` with the first piece that a function writes to a socket; what that returns is written instead. */
function interceptHead(socket: Socket, onHead: (head: Chunk) => Chunk): void {
  for (const name of ['write', 'end'] as const) {
    const intercept = (...[chunk, ...others]: unknown[]): unknown => {
      const isData = typeof chunk === 'string' || chunk instanceof Uint8Array;
      if (!isData)
        return Reflect.apply(Reflect.get(Object.getPrototypeOf(socket), name), socket, [chunk, ...others]);
      Reflect.deleteProperty(socket, 'write');
      Reflect.deleteProperty(socket, 'end');
      return Reflect.apply(socket[name], socket, [onHead(chunk), ...others]);
    };
    Object.assign(socket, { [name]: intercept });
  }
}

export interface UpgradeRequest {
  req: IncomingMessage;
  res: ServerResponse;
  invocation: Invocation;
  /** Has the function handle it. */
  handle(): unknown;
  /** Called when the function has taken the connection over. */
  onTaken(socket: Socket, isWebSocket: boolean): void;
}

/** Has a function respond to a request for an upgrade, and ends the request when it has. */
export async function runUpgrade({ req, res, invocation, handle, onTaken }: UpgradeRequest): Promise<void> {
  const { socket } = req;
  // What the function does with a message belongs to the request that opened the connection.
  context.bind(context.active(), socket);
  interceptHead(socket, head => {
    // A problem document, or what follows one.
    if (res.headersSent || res.destroyed) return head;
    const start = typeof head === 'string' ? head : Buffer.from(head).toString('latin1');
    const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(start)?.[1] ?? 0);
    const line = `traceresponse: ${res.getHeader('traceresponse')}`;
    res.statusCode = status || 101;
    if (status === 101) invocation.takeOver(socket);
    onTaken(socket, status === 101 && /\r\nsec-websocket-accept:/i.test(start));
    close(res);
    return status && res.hasHeader('traceresponse') ? insertHeader(head, line) : head;
  });
  invocation.start();
  invoked.publish(res);
  try {
    await handle();
  } catch (error) {
    const isTaken = res.destroyed;
    sendProblem(res, error);
    if (isTaken) socket.destroy();
  }
}
