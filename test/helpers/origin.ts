import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Origin {
  url: string;
  /** How many connections were opened to it. */
  connections: number;
  close(): Promise<void>;
}

/** A server for the other side of a call, on a free loopback port. */
export async function startOrigin(listener: RequestListener): Promise<Origin> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin: Origin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('connection', () => origin.connections++);
  return origin;
}
