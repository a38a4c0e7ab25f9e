import { connect, type Socket } from 'node:net';

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
const againAfterMs = 1;

/** One try. @returns the status, or undefined where nobody listens yet */
function ask(port: number, path: string): Promise<number | undefined> {
  return new Promise(resolve => {
    let answer = '';
    const status = () => /^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1];
    const socket: Socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request(path)));
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
 * Asks again and again until a server answers a GET with 200.
 * @returns when that was, by `performance.now()`
 * @throws for another status, or with the signal's reason
 */
export async function firstAnswer(port: number, path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const status = await ask(port, path);
    if (status === 200) return performance.now();
    if (status !== undefined) throw new Error(`GET ${path} was answered with ${status}`);
    signal.throwIfAborted();
    await new Promise(resolve => setTimeout(resolve, againAfterMs));
  }
}
