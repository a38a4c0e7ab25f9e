import { createServer, type Socket } from 'node:net';
import { listenOn } from '../packages/traced/src/dev/listen.ts';
import type { LocalServer } from './search-page.ts';

/**
 * Starts a server that takes connections and never answers, as a Redis primary does that was lost without a word:
 * what `REDIS_LOST_URL` points to. Beyond `maxConnections` the oldest connection is dropped.
 */
export async function startSilentServer({
  host = '127.0.0.1',
  port = 0,
  maxConnections = 200,
} = {}): Promise<LocalServer> {
  const connections = new Set<Socket>();
  const server = createServer(socket => {
    connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => connections.delete(socket));
    // Read and forget, or a client's goodbye would never be noticed.
    socket.resume();
    const [oldest] = connections;
    if (connections.size > maxConnections) oldest?.destroy();
  });
  const bound = await listenOn(server, port, host);
  return {
    port: bound,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}
