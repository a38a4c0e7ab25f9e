import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { inFlightOn } from './in-flight.ts';
import { log } from './log.ts';

/** How many connections there may be, and from how many on an idle one is closed for each new one. */
export const connectionLimits = { most: 1_024, crowded: 960 };

/** How long, in ms, a connection may take to send its first request whole; Node itself looks only twice a minute. */
function limitSilence(server: Server): void {
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  server.on('connection', (socket: Socket) => {
    const onSilence = () => {
      // Neither 'request' nor a timer of Node's says that a connection has been upgraded.
      if (socket.bytesWritten === 0) socket.destroy();
    };
    const timer = setTimeout(onSilence, server.headersTimeout);
    timers.set(socket, timer);
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('request', (req: IncomingMessage) => clearTimeout(timers.get(req.socket)));
}

/** Counts what happens to connections and logs the count once a second at most. */
function countedLog(message: string, fields: Record<string, unknown> = {}): () => void {
  let count = 0;
  return () => {
    if (count++ > 0) return;
    setTimeout(() => {
      log.warning(message, { count, ...fields });
      count = 0;
    }, 1_000).unref();
  };
}

/** How long, in ms, a new connection may send nothing before it counts as idle. */
const newMs = 1_000;

const begun = Symbol('when the connection began');
const lastUse = Symbol('when its last request came');
const place = Symbol('index in the list of connections');

interface Connection extends Socket {
  [begun]?: number;
  [lastUse]?: number;
  [place]?: number;
}

/** The connections of a server and how many each address has. In an array, for the reason that OpenResponses gives. */
class Connections {
  readonly #all: Connection[] = [];
  readonly #perAddress = new Map<string, number>();

  get size(): number {
    return this.#all.length;
  }

  add(socket: Connection): void {
    const address = socket.remoteAddress ?? '';
    socket[begun] = performance.now();
    socket[place] = this.#all.push(socket) - 1;
    this.#perAddress.set(address, this.#countOf(address) + 1);
    socket.once('close', () => {
      this.#remove(socket);
      const left = this.#countOf(address) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
  }

  use(socket: Connection): void {
    socket[lastUse] = performance.now();
  }

  /** The one that has been idle for longest, of the address that has the most connections. */
  longestIdle(except: Socket): Socket | undefined {
    let found: Socket | undefined;
    let most = 0;
    let oldest = 0;
    const now = performance.now();
    for (const socket of this.#all) {
      if (socket === except || socket.destroyed || inFlightOn(socket) > 0) continue;
      const count = this.#countOf(socket.remoteAddress ?? '');
      const use = socket[lastUse] ?? (socket[begun] as number);
      if (socket[lastUse] === undefined && now - use < newMs) continue;
      if (count < most || (count === most && use > oldest)) continue;
      found = socket;
      most = count;
      oldest = use;
    }
    return found;
  }

  #remove(socket: Connection): void {
    const last = this.#all.pop() as Connection;
    if (last === socket) return;
    const index = socket[place] as number;
    this.#all[index] = last;
    last[place] = index;
  }

  #countOf(address: string): number {
    return this.#perAddress.get(address) ?? 0;
  }
}

/** Makes room for a new connection where there are many: the one that has been idle for longest is closed. */
function makeRoom(server: Server): void {
  const connections = new Connections();
  const closed = countedLog('idle connections closed to make room', { most: connectionLimits.most });
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    if (connections.size <= connectionLimits.crowded) return;
    const idle = connections.longestIdle(socket);
    if (idle === undefined) return;
    idle.destroy();
    closed();
  });
  server.on('request', (req: IncomingMessage) => connections.use(req.socket));
}

/** Closes connections on which nothing moves, such as those of a client that does not read its response. */
function closeStalled(server: Server): void {
  const closed = countedLog('connections closed on which nothing moved');
  server.on('timeout', (socket: Socket) => {
    socket.destroy();
    closed();
  });
}

/**
 * Bounds what clients can take up that send nothing, or send slowly, or do not read their responses.
 * @param timeoutMs how long the server itself may be silent, while it works
 */
export function limitConnections(server: Server, timeoutMs: number): void {
  server.headersTimeout = 10_000;
  // Uploads are limited by their progress: see upload.ts.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  server.timeout = timeoutMs + 10_000;
  server.maxConnections = connectionLimits.most;
  limitSilence(server);
  makeRoom(server);
  closeStalled(server);
  server.on('drop', countedLog('connections refused', { most: connectionLimits.most }));
}
