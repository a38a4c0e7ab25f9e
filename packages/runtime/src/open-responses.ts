import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export const allClosed = (responses: readonly ServerResponse[]): Promise<unknown> =>
  Promise.all(responses.map(res => new Promise(resolve => res.once('close', resolve))));

/**
 * The responses that are under way. In an array: a Set leaves tables behind as it changes, each with what was in it and a
 * reference to the next one, so that V8, once one of them has got old, keeps all later requests until it collects it.
 */
export class OpenResponses {
  readonly all: ServerResponse[] = [];
  readonly #onClosed: (socket: Socket) => void;

  constructor(onClosed: (socket: Socket) => void) {
    this.#onClosed = onClosed;
  }

  add(res: ServerResponse): void {
    this.all.push(res);
    res.once('close', () => {
      const last = this.all.pop() as ServerResponse;
      if (last !== res) this.all[this.all.indexOf(res)] = last;
      this.#onClosed(res.req.socket);
    });
  }

  on(socket: Duplex): ServerResponse[] {
    return this.all.filter(res => res.req.socket === socket);
  }

  /** Resolves when none is under way, of those that begin meanwhile neither. */
  async ended(): Promise<void> {
    while (this.all.length > 0) await allClosed(this.all);
  }
}
