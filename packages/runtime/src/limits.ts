import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { log } from './log.ts';

/** How long, in ms, a connection may take to say its first request whole; Node itself looks only twice a minute. */
function limitSilence(server: Server): void {
  const timers = new WeakMap<Socket, NodeJS.Timeout>();
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), server.headersTimeout);
    timers.set(socket, timer);
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('request', (req: IncomingMessage) => clearTimeout(timers.get(req.socket)));
}

/** Logs how many connections were refused, once a second at most. */
function logRefused(server: Server): void {
  let refused = 0;
  server.on('drop', () => {
    if (refused++ > 0) return;
    setTimeout(() => {
      log.warning('connections refused', { count: refused, most: server.maxConnections });
      refused = 0;
    }, 1_000).unref();
  });
}

/**
 * Bounds what clients that say nothing, or say it slowly, or do not take what they are told, can hold on to.
 * @param budgetMs how long the server itself may be silent, while it works
 */
export function limitConnections(server: Server, budgetMs: number): void {
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 60_000;
  server.timeout = budgetMs + 10_000;
  server.maxConnections = 1_024;
  limitSilence(server);
  logRefused(server);
}
