/**
 * Functions behind the gateway that note what they are asked, byte for byte: they read nothing but heads, so that a body,
 * or a request within another, could not hide from them.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { listenOn } from '../../../packages/traced/src/dev/listen.ts';
import { smuggledWord } from '../requests/smuggling.ts';

/** What the gateway must keep to itself, and what it has no reason to say. */
const forbidden = new Set([
  'baggage',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-injected',
]);

const once: Record<string, RegExp> = {
  host: /^127\.0\.0\.1:\d+$/,
  connection: /^(?:keep-alive|close)$/,
  traceparent: /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/,
  'x-request-timeout-ms': /^\d{1,5}$/,
};

/** @returns what is wrong with a head, and it must have been asked for by a path of its own */
function faultsOf(head: string, path: string): string[] {
  const [first = '', ...lines] = head.split('\r\n');
  const [, asked] = /^(?:GET|HEAD) ([^? ]+)(?:\?[!-~]*)? HTTP\/1\.1$/.exec(first) ?? [];
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const [, name = line, value = ''] = /^([^:]+): ?(.*)$/s.exec(line) ?? [];
    values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);
  }
  const names = [...values.keys()];
  const wrong = Object.entries(once).filter(([name, pattern]) => {
    const found = values.get(name) ?? [];
    return found.length !== 1 || !pattern.test(found[0] ?? '');
  });
  return [
    ...(asked === path ? [] : [`the request line ${JSON.stringify(first.slice(0, 100))} came to ${path}`]),
    ...(first.includes(smuggledWord) ? ['a smuggled request was passed on'] : []),
    ...names
      .filter(name => forbidden.has(name) || name.startsWith('x-hop-'))
      .map(name => `${name} was passed on`),
    ...wrong.map(([name]) => `${name} is ${JSON.stringify(values.get(name) ?? 'not there')}`),
  ];
}

const markOf = (head: string): string => /^x-mark: (.*)$/im.exec(head)?.[1] ?? '';

function answerTo(head: string): string {
  const body = JSON.stringify({ asked: head });
  const lines = [
    'HTTP/1.1 200 OK',
    'Content-Type: application/json',
    `X-Echo: ${markOf(head)}`,
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${head.startsWith('HEAD') ? '' : body}`;
}

/** Each so many answers, one comes in two halves, so that there is something to get between. */
const halvedEach = 4;
const pauseMs = 5;

export class Recorder {
  readonly #server: Server;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  readonly #byMark = new Map<string, number>();
  #port = 0;
  asked = 0;
  /** What was wrong with what came. */
  readonly problems: string[] = [];

  private constructor(path: string) {
    this.#path = path;
    this.#server = createServer({ noDelay: true }, socket => this.#serve(socket));
  }

  /** @param path the only one that it may be asked for */
  static async start(path: string): Promise<Recorder> {
    const recorder = new Recorder(path);
    recorder.#port = await listenOn(recorder.#server, 0);
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How often a request with that mark has come. */
  timesAsked(mark: string): number {
    return this.#byMark.get(mark) ?? 0;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = '';
    let answered = Promise.resolve();
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.setEncoding('latin1').on('data', data => {
      pending += data;
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        this.#note(head);
        const halved = this.asked % halvedEach === 0;
        answered = answered.then(() => say(socket, answerTo(head), halved));
      }
    });
  }

  #note(head: string): void {
    this.asked++;
    const mark = markOf(head);
    this.#byMark.set(mark, this.timesAsked(mark) + 1);
    this.problems.push(...faultsOf(head, this.#path));
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function say(socket: Socket, text: string, halved: boolean): Promise<void> {
  if (!halved) return void socket.write(text, 'latin1');
  const middle = Math.floor((text.length * 2) / 3);
  socket.write(text.slice(0, middle), 'latin1');
  await new Promise(resolve => setTimeout(resolve, pauseMs));
  if (!socket.destroyed) socket.write(text.slice(middle), 'latin1');
}
