/** HTTP servers that no client can make crash, wait for ever or use unbounded memory. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Connections } from './connections.ts';

const MESSAGE_TIMEOUT_MS = 10_000;
// Who takes nothing of an answer for so long has gone away; the first page is built in less than that.
const STANDSTILL_MS = 30_000;
const CLOSE_GRACE_MS = 300;
// How long who was refused may go on sending: where a connection ends with bytes unread, answers on their way are lost.
const LINGER_MS = 1_000;

export interface BoundedServer {
  port: number;
  /** Lets answers under way end for 0.3 s, then cuts every connection. */
  close(): Promise<void>;
}

/** Listens, on any free port if `port` is 0. Rejects with the plain error, EADDRINUSE for one. */
export async function listenBounded(
  listener: RequestListener,
  port: number,
  host: string,
): Promise<BoundedServer> {
  const server = createServer({
    headersTimeout: MESSAGE_TIMEOUT_MS,
    requestTimeout: MESSAGE_TIMEOUT_MS,
    keepAliveTimeout: MESSAGE_TIMEOUT_MS,
    // How often the timeouts above are looked at; Node's own 30 s would make them 40 s.
    connectionsCheckingInterval: 1_000,
  });
  server.timeout = STANDSTILL_MS;
  answerClientErrors(server);
  const connections = new Connections(server, listener);
  await new Promise<void>((resolve, reject) => {
    // Stays, since an error that nobody listens for would end the process.
    server.on('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server, connections) };
}

async function closeServer(server: Server, connections: Connections): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => connections.destroyAll(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
}

/**
 * What cannot be read as HTTP is refused once the answers before it on its connection have ended: written earlier, it
 * would be taken for one of them or for a part of it.
 */
function answerClientErrors(server: Server): void {
  const open = new Set<ServerResponse>();
  const latest = new WeakMap<Duplex, ServerResponse>();
  const over = new WeakSet<Duplex>();
  server.on('request', (request, response) => {
    latest.set(request.socket, response);
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  server.on('clientError', async (error: NodeJS.ErrnoException, socket) => {
    if (over.has(socket)) return;
    over.add(socket);
    // What cannot be read may be the body of a request, whose answer is still to come or is there already.
    if (error.code !== 'ECONNRESET') {
      const before = [...open].filter(
        ({ req, headersSent }) => req.socket === socket && (req.complete || headersSent),
      );
      await Promise.all(before.map(response => new Promise(resolve => response.once('close', resolve))));
    }
    const last = latest.get(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    socket.end(last?.headersSent && !last.req.complete ? '' : refusal(error)).resume();
    // Who was too slow is not waited for: what he was late with would be taken up after all.
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const linger = setTimeout(() => socket.destroy(), isLate ? 0 : LINGER_MS);
    socket.once('close', () => clearTimeout(linger));
  });
  // By itself Node would cut off the answers that are under way on its connection.
  server.on('connect', (_request, socket) => server.emit('clientError', new Error('CONNECT'), socket));
}

function refusal(error: NodeJS.ErrnoException): string {
  const statuses: Record<string, string> = {
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  };
  const status = statuses[error.code ?? ''] ?? '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}
