/** Bounds how many requests of one connection are under way, where a client sends them without waiting for responses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that run in parallel; what comes behind them is queued, and nothing more is read. */
export const mostInFlight = 64;

type Begin = (req: IncomingMessage, res: ServerResponse) => void;

const inFlight = Symbol('requests in flight');
const queued = Symbol('queued requests');

interface Connection extends Socket {
  [inFlight]?: number;
  [queued]?: { req: IncomingMessage; res: ServerResponse }[] | undefined;
}

/** How many requests of a connection are under way. */
export const inFlightOn = (socket: Socket): number => (socket as Connection)[inFlight] ?? 0;

/**
 * Stops reading from a connection. Node's own `resume()` comes with each response that ends, and would go on reading.
 */
function stopReading(socket: Socket): void {
  socket.pause();
  socket.resume = () => socket;
}

function goOnReading(socket: Socket): void {
  Reflect.deleteProperty(socket, 'resume');
  socket.resume();
}

export class InFlight {
  readonly #begin: Begin;

  /** @param begin runs a request; `end` has to follow once its response has closed */
  constructor(begin: Begin) {
    this.#begin = begin;
  }

  /** Begins a request, or queues it behind those before it. */
  take(req: IncomingMessage, res: ServerResponse): void {
    const socket = req.socket as Connection;
    const count = socket[inFlight] ?? 0;
    if (count < mostInFlight && socket[queued] === undefined) {
      socket[inFlight] = count + 1;
      this.#begin(req, res);
      return;
    }
    if (socket[queued] === undefined) stopReading(socket);
    socket[queued] ??= [];
    socket[queued].push({ req, res });
  }

  /** Counts a connection as in use until it closes. */
  occupy(socket: Connection): void {
    socket[inFlight] = (socket[inFlight] ?? 0) + 1;
  }

  /** Notes that a request of this connection has ended. */
  end(socket: Connection): void {
    socket[inFlight] = (socket[inFlight] ?? 1) - 1;
    if (socket[queued] === undefined) return;
    if (socket.destroyed) {
      socket[queued] = undefined;
      return;
    }
    const next = socket[queued].shift();
    if (next !== undefined) {
      socket[inFlight]++;
      this.#begin(next.req, next.res);
    } else if (socket[inFlight] < mostInFlight / 2) {
      socket[queued] = undefined;
      goOnReading(socket);
    }
  }
}
