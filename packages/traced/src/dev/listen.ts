import { createServer, type Server } from 'node:net';

/**
 * Listens and returns the port.
 * @throws the socket's error, such as EADDRINUSE
 */
export function listenOn(server: Server, port: number, host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * Ports of the loopback interface that are free now. They are held together until all are chosen, so that no two are
 * the same; 0 stands for any, and another number is only checked.
 * @throws the socket's error, such as EADDRINUSE, for a number that is taken
 */
export async function freePorts<Name extends string>(
  wanted: Readonly<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const holders: Server[] = [];
  const ports: Partial<Record<Name, number>> = {};
  try {
    for (const name of Object.keys(wanted) as Name[]) {
      const holder = createServer();
      holders.push(holder);
      ports[name] = await listenOn(holder, wanted[name]);
    }
  } finally {
    await Promise.all(holders.map(holder => new Promise(resolve => holder.close(resolve))));
  }
  return ports as Record<Name, number>;
}
