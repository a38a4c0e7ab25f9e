/** The page at UPSTREAM_URL, told how to fail, and knowing who is connected to it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { listenOn } from '../../packages/traced/src/dev/listen.ts';
import { type Certificate, selfSigned } from './certificate.ts';

export type PageFault =
  | 'hangs before its body'
  | 'hangs inside its body'
  | 'breaks off inside its body'
  | 'endless'
  | 'server error'
  | 'redirects to itself'
  | 'away';

const chunk = Buffer.alloc(64 * 1024, 'x');

function writeForEver(res: ServerResponse): void {
  while (!res.destroyed && res.write(chunk));
  if (!res.destroyed) res.once('drain', () => writeForEver(res));
}

type Respond = (res: ServerResponse, req: IncomingMessage, served: number) => void;

const responses: Record<Exclude<PageFault, 'away'>, Respond> = {
  'hangs before its body': () => undefined,
  'hangs inside its body': res => void res.writeHead(200, { 'content-length': '1000' }).write('half'),
  'breaks off inside its body': res =>
    void res.writeHead(200, { 'content-length': '1000' }).write('half', () => res.destroy()),
  endless: res => writeForEver(res.writeHead(200)),
  'server error': (res, _req, served) =>
    void res.writeHead([500, 503, 504][served % 3] as number).end('no page'),
  'redirects to itself': (res, { url }) => void res.writeHead(302, { location: url }).end(),
};

const fine: Respond = res => {
  for (let number = 1; number <= 20; number++) res.setHeader(`x-page-${number}`, `value ${number}`);
  res.end('the page');
};

export class Page {
  readonly #server: Server | SecureServer;
  readonly #sockets = new Set<Socket>();
  #fault: PageFault | undefined;
  #port = 0;
  /** Requests that have come. */
  requests = 0;
  /** With TLS, what its clients are to trust. */
  readonly trusted: Certificate | undefined;

  private constructor(secure: boolean) {
    const serve = (req: IncomingMessage, res: ServerResponse) => {
      this.requests++;
      const respond = this.#fault === undefined || this.#fault === 'away' ? fine : responses[this.#fault];
      respond(res, req, this.requests);
    };
    this.trusted = secure ? selfSigned() : undefined;
    this.#server = this.trusted ? createSecureServer(this.trusted, serve) : createServer(serve);
    this.#server.keepAliveTimeout = 60_000;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(secure = false): Promise<Page> {
    const page = new Page(secure);
    page.#port = await listenOn(page.#server, 0);
    return page;
  }

  get port(): number {
    return this.#port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  async fail(fault: PageFault): Promise<void> {
    this.#fault = fault;
    if (fault === 'away') await this.#stop();
  }

  /** Shows a certificate that nobody trusts. */
  distrust(): void {
    (this.#server as SecureServer).setSecureContext(selfSigned());
  }

  /**
   * Is fine from now on.
   * @param anew with no connection of before, as one that was restarted
   */
  async recover(anew: boolean): Promise<void> {
    this.#fault = undefined;
    if (this.trusted) (this.#server as SecureServer).setSecureContext(this.trusted);
    if (anew) for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) await listenOn(this.#server, this.#port);
  }

  async #stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  close(): Promise<void> {
    return this.#stop();
  }
}
