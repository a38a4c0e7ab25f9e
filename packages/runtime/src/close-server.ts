/** Closes a server without cutting off a request that has been sent to it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { OpenResponses } from './open-responses.ts';
import type { UpgradedConnections } from './upgraded-connections.ts';

/** How long, in ms, connections are taken before the listener closes, where they keep coming. */
const acceptMs = 200;

/** While the listener closes: how long, in ms, the first request of a connection is waited for. */
const firstRequestMs = 200;

/** Takes connections until none waits to be taken: the kernel resets those that still do when the listener closes. */
async function acceptWaiting(server: Server): Promise<void> {
  const last = performance.now() + acceptMs;
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

/**
 * Closes the listener once it has taken the connections that wait there, then, once the last response has ended, every
 * connection, whatever state it is in.
 * @param holdRequests queues requests that come until its result is called
 */
export async function closeServer(
  server: Server,
  open: OpenResponses,
  upgraded: UpgradedConnections,
  holdRequests: () => () => void,
): Promise<void> {
  // While requests are handled, connections may come unseen between the last look for them and the end of the listener.
  const handleRequests = holdRequests();
  await acceptWaiting(server);
  const closed = once(server, 'close');
  server.close();
  handleRequests();
  server.closeIdleConnections();
  const left = upgraded.leave();
  await open.ended();
  // The first request of a new connection may be on its way.
  await Promise.race([closed, pause(firstRequestMs)]);
  await open.ended();
  server.closeAllConnections();
  await left;
  await closed;
}
