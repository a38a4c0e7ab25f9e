/** The connections of a server: how many there are, and how many requests wait on each. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 1_024;
// A connection that has just said something is not given up for a new one.
const FRESH_MS = 100;
// No exporter and no browser has more waiting on one connection.
const MAX_WAITING = 100;
// Those behind them that were read already; where there are more, the client does not stop.
const MAX_IGNORED = 5_000;

interface Connection {
  /** Not yet handed to the listener, in their order. */
  waiting: [IncomingMessage, ServerResponse][];
  isBusy: boolean;
  /** Behind the last one that gets a response. */
  ignored: number;
  lastActive: number;
}

/**
 * Bounds connections: where there are too many, the one that has been silent for longest makes room for a new one.
 * Each has its requests handled sequentially, so that what is not read of its responses is one of them; where
 * too many wait, the connection ends with the response to the last one that was taken.
 */
export class Connections {
  readonly #listener: RequestListener;
  // The one that has been silent for longest is first.
  readonly #open = new Map<Socket, Connection>();

  constructor(server: Server, listener: RequestListener) {
    this.#listener = listener;
    server.on('connection', socket => this.#add(socket));
    server.on('request', (request, response) => this.#onRequest(request, response));
  }

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #add(socket: Socket): void {
    socket.on('error', () => {});
    const [oldest] = this.#open;
    if (this.#open.size >= MAX_CONNECTIONS && oldest !== undefined) {
      const [silent, { lastActive }] = oldest;
      if (performance.now() - lastActive < FRESH_MS) return void socket.destroy();
      this.#open.delete(silent);
      silent.destroy();
    }
    this.#open.set(socket, { waiting: [], isBusy: false, ignored: 0, lastActive: performance.now() });
    socket.on('close', () => this.#open.delete(socket));
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(request.socket);
    if (connection === undefined) return void request.socket.destroy();
    this.#touch(request.socket, connection);
    if (connection.ignored > 0 || connection.waiting.length === MAX_WAITING) {
      // The last one that waits says that the connection ends with its response.
      connection.waiting.at(-1)?.[1].setHeader('Connection', 'close');
      if (++connection.ignored > MAX_IGNORED) request.socket.destroy();
      return;
    }
    connection.waiting.push([request, response]);
    if (!connection.isBusy) this.#next(request.socket, connection);
  }

  #next(socket: Socket, connection: Connection): void {
    if (socket.destroyed) connection.waiting = [];
    const [request, response] = connection.waiting.shift() ?? [];
    connection.isBusy = request !== undefined;
    if (request === undefined || response === undefined) return;
    response.once('close', () => {
      this.#touch(socket, connection);
      this.#next(socket, connection);
    });
    this.#listener(request, response);
  }

  #touch(socket: Socket, connection: Connection): void {
    if (!this.#open.delete(socket)) return;
    connection.lastActive = performance.now();
    this.#open.set(socket, connection);
  }
}
