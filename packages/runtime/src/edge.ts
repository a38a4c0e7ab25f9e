/** What stands before a server's `request` event, and in place of what Node would do by itself. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { onClientError } from './client-error.ts';
import { InFlight } from './in-flight.ts';
import { OpenResponses } from './open-responses.ts';
import { normalizeTarget } from './request-line.ts';
import { isHealthCheck } from './tracing.ts';
import { beginUpgrade } from './upgrade.ts';

export interface Edge {
  inFlight: InFlight;
  open: OpenResponses;
  /** Queues requests that come until its result is called. */
  hold(): () => void;
}

/** Reads request targets, and bounds requests in flight, ahead of the instrumentation, which begins a span at the event. */
export function putEdgeBefore(server: Server): Edge {
  const emit = server.emit as (event: string, ...args: unknown[]) => boolean;
  const emitRequest = (req: IncomingMessage, res: ServerResponse) => emit.call(server, 'request', req, res);
  const inFlight = new InFlight(emitRequest);
  const open = new OpenResponses(socket => inFlight.end(socket));
  const take = (req: IncomingMessage, res: ServerResponse) => {
    normalizeTarget(req);
    if (isHealthCheck(req)) emitRequest(req, res);
    else inFlight.take(req, res);
  };
  let held: (() => void)[] | undefined;
  const takeLater = (req: IncomingMessage, res: ServerResponse) => {
    if (held === undefined) take(req, res);
    else held.push(() => take(req, res));
  };
  server.emit = (event: string, first?: unknown, second?: unknown, third?: unknown) => {
    if (event === 'request') takeLater(first as IncomingMessage, second as ServerResponse);
    else if (event === 'upgrade')
      void beginUpgrade(first as IncomingMessage, third as NonSharedBuffer, open, take);
    else return emit.call(server, event, first, second, third);
    return true;
  };
  const hold = () => {
    held = [];
    return () => {
      const queued = held ?? [];
      held = undefined;
      for (const begin of queued) begin();
    };
  };
  return { inFlight, open, hold };
}

/** Sends problem documents where Node would respond by itself, without a body, or cut off what is under way. */
export function respondInsteadOfNode(server: Server, open: OpenResponses): void {
  Object.assign(server, { requireHostHeader: false });
  server.on('clientError', (error, socket) => onClientError(error, socket, open.on(socket)));
  server.on('connect', (_req, socket) => onClientError(new Error('CONNECT'), socket, open.on(socket)));
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (req, res) => server.emit('request', req, res));
  }
}
