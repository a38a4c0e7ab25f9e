import net, { type AddressInfo } from 'node:net';

export interface Relay {
  port: number;
  /** How many connections came in. */
  connections: number;
  /** Refuses connections and ends those there are. */
  goAway(): Promise<void>;
  /** Takes connections and answers nothing. */
  fallSilent(): void;
  /** Passes nothing on for the connections there are, which stay open; new ones work. */
  forget(): void;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a client and a server on loopback, so that a test can take the server away and bring it back. */
export async function startRelay(targetPort: number): Promise<Relay> {
  const sockets = new Set<net.Socket>();
  const passing: (() => void)[] = [];
  let silent = false;
  const keep = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = net.createServer(socket => {
    relay.connections++;
    keep(socket);
    if (silent) return;
    const upstream = net.connect(targetPort, '127.0.0.1');
    keep(upstream);
    socket.pipe(upstream).pipe(socket);
    socket.on('close', () => upstream.destroy());
    const onClose = () => socket.destroy();
    upstream.on('close', onClose);
    passing.push(() => {
      socket.unpipe().pause();
      upstream.unpipe().off('close', onClose).destroy();
    });
  });
  const listen = (port: number) => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const goAway = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      cut();
    });
  await listen(0);
  const relay: Relay = {
    port: (server.address() as AddressInfo).port,
    connections: 0,
    goAway,
    fallSilent() {
      silent = true;
      cut();
    },
    forget() {
      for (const stop of passing.splice(0)) stop();
    },
    async comeBack() {
      silent = false;
      cut();
      if (!server.listening) await listen(relay.port);
    },
    close: async () => {
      if (server.listening) await goAway();
    },
  };
  return relay;
}
