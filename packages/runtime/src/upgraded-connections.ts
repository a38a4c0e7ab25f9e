/** Connections that a function has taken over for another protocol, such as WebSockets. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A WebSocket's close frame with status 1001, "going away" (RFC 6455, 5.5.1 and 7.4.1). */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/** How long, in ms, a connection may take to close once its client has been told that the server goes away. */
const closingMs = 2_000;

interface Upgraded {
  socket: Socket;
  isWebSocket: boolean;
}

/** Bytes that have been received, and sent as far as the operating system has taken them. */
const progressOf = ({ bytesRead, bytesWritten, writableLength }: Socket): number =>
  bytesRead + bytesWritten - writableLength;

export class UpgradedConnections {
  readonly #server: Server;
  readonly #all: Upgraded[] = [];
  #isLeaving = false;

  constructor(server: Server) {
    this.#server = server;
  }

  get count(): number {
    return this.#all.length;
  }

  /** Bounds a connection by its progress: one on which nothing moves for the server's timeout is closed. */
  add(socket: Socket, isWebSocket: boolean): void {
    const connection = { socket, isWebSocket };
    this.#all.push(connection);
    let seen = -1;
    const timer = setInterval(() => {
      const progress = progressOf(socket);
      if (progress === seen) this.#expire(connection);
      seen = progress;
    }, this.#server.timeout).unref();
    socket.once('close', () => {
      clearInterval(timer);
      this.#all.splice(this.#all.indexOf(connection), 1);
    });
    if (this.#isLeaving) this.#leave(connection);
  }

  /** Tells all clients that the server goes away. Resolves when the connections are closed, after `closingMs` at most. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await Promise.all(this.#all.map(connection => this.#leave(connection)));
  }

  destroy(): void {
    for (const { socket } of [...this.#all]) socket.destroy();
  }

  #leave({ socket, isWebSocket }: Upgraded): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => socket.destroy(), closingMs);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    // The function's own library ends a WebSocket when the client has replied to the frame.
    if (!isWebSocket) socket.end();
    else if (socket.writable) socket.write(goingAway);
    return promise;
  }

  #expire({ socket, isWebSocket }: Upgraded): void {
    if (isWebSocket && socket.writable) socket.write(goingAway);
    this.#server.emit('timeout', socket);
  }
}
