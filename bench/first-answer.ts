import { connect, type Socket } from 'node:net';

export interface FirstRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

function bytesOf({ method, path, headers = {}, body = '' }: FirstRequest): string {
  const all = {
    host: 'localhost',
    connection: 'close',
    'content-length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

const againAfterMs = 1;

/** One try. @returns the status, or undefined where nobody listens yet */
function ask(port: number, request: FirstRequest): Promise<number | undefined> {
  return new Promise(resolve => {
    let answer = '';
    const status = () => /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
    const socket: Socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytesOf(request)));
    socket.setEncoding('latin1').on('data', text => {
      answer += text;
      if (status() === undefined) return;
      resolve(Number(status()));
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(undefined));
  });
}

/**
 * Sends a request again and again until a server responds with 200.
 * @returns when that was, by `performance.now()`
 * @throws for another status, or with the signal's reason
 */
export async function firstAnswer(port: number, request: FirstRequest, signal: AbortSignal): Promise<number> {
  for (;;) {
    const status = await ask(port, request);
    if (status === 200) return performance.now();
    if (status !== undefined) throw new Error(`${request.method} ${request.path} got ${status}`);
    signal.throwIfAborted();
    await new Promise(resolve => setTimeout(resolve, againAfterMs));
  }
}
