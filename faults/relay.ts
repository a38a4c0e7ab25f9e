import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { listenOn } from '../packages/traced/src/dev/listen.ts';

/**
 * An address that stays while what is behind it goes, comes, slows down or is another, as a Kubernetes Service's does:
 * connections that there are stay with whom they were made to.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #silent: Set<Socket> | undefined;
  #target: number;
  #port = 0;
  /** What comes back is held up for so many ms. */
  delayMs = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer(socket => this.#relay(socket));
  }

  /** @param target a port of the loopback interface, as is the relay's own */
  static async to(target: number): Promise<Relay> {
    const relay = new Relay(target);
    relay.#port = await listenOn(relay.#server, 0);
    return relay;
  }

  get port(): number {
    return this.#port;
  }

  #relay(socket: Socket): void {
    const other = connect(this.#target, '127.0.0.1');
    for (const each of [socket, other]) {
      this.#sockets.add(each);
      each.on('error', () => undefined).on('close', () => this.#sockets.delete(each));
    }
    socket.pipe(other);
    // One after the other, also when what is behind gets faster.
    let passed = Promise.resolve();
    other.on('data', data => {
      const due = performance.now() + this.delayMs;
      passed = passed.then(() => this.#passBack(socket, data, due));
    });
    socket.on('close', () => other.destroy());
    other.on('close', () => {
      // Who is lost without a word says no goodbye either.
      if (!this.#silent?.has(socket)) socket.destroy();
    });
  }

  async #passBack(socket: Socket, data: Buffer, due: number): Promise<void> {
    const early = due - performance.now();
    if (early > 0) await pause(early);
    if (!this.#silent?.has(socket)) socket.write(data);
  }

  /** New connections go there. */
  pointTo(target: number): void {
    this.#target = target;
  }

  /** Nobody listens any more, and the connections that there are end. */
  async goAway(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async comeBack(): Promise<void> {
    await listenOn(this.#server, this.#port);
  }

  /** The connections that there are stay open, and nothing comes back by them ever again. */
  silence(): void {
    this.#silent = new Set(this.#sockets);
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway();
    else for (const socket of this.#sockets) socket.destroy();
  }
}
