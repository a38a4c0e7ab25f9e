/** Requests whose responses are looked at sequentially. */
import http from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Empty where the answer names none. */
  traceId: string;
  /** When it was sent, by `performance.now()`. */
  began: number;
  /** From sending to the answer's end. */
  ms: number;
}

/** Why there is no whole answer: an error's code, or `cut off`. */
export interface Broken {
  broken: string;
  began: number;
  ms: number;
}

export const isAnswer = (result: Answer | Broken): result is Answer => 'status' in result;

export interface AskOptions {
  agent?: http.Agent;
  headers?: http.OutgoingHttpHeaders;
  /** ms; 60 s unless told. */
  timeoutMs?: number;
  /** Called when the answer’s head is there. */
  onHead?: () => void;
  /** Sent by POST: at once, or as it comes. */
  body?: string | AsyncIterable<string> | undefined;
}

/** What a function is to send back that gets such a body. */
const json = (n: number): string => JSON.stringify({ n, text: 'x'.repeat(n % 1_000) });

/** Sends a GET, or a POST where there is a body, and waits for its answer to the end. Never rejects. */
export function ask(
  url: string,
  { agent, headers = {}, timeoutMs = 60_000, onHead, body: sent }: AskOptions = {},
): Promise<Answer | Broken> {
  const began = performance.now();
  return new Promise(resolve => {
    const since = () => performance.now() - began;
    const fail = (broken: string) => resolve({ broken, began, ms: since() });
    const onAnswer = (answer: http.IncomingMessage) => {
      onHead?.();
      let body = '';
      answer.setEncoding('utf8').on('data', text => {
        body += text;
      });
      answer.on('error', () => fail('cut off'));
      answer.on('end', () => {
        if (!answer.complete) return fail('cut off');
        const traceId = String(answer.headers['traceresponse'] ?? '').split('-')[1] ?? '';
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, headers, body, traceId, began, ms: since() });
      });
    };
    const method = sent === undefined ? 'GET' : 'POST';
    const request = http
      .request(url, { method, headers, timeout: timeoutMs, ...(agent && { agent }) }, onAnswer)
      .on('timeout', function (this: http.ClientRequest) {
        this.destroy(Object.assign(new Error('no answer in time'), { code: 'no answer in time' }));
      })
      .on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    if (sent === undefined || typeof sent === 'string') request.end(sent);
    else Readable.from(sent).pipe(request);
  });
}

/** Sends a POST of JSON to a function that sends it back, and waits for that. */
async function echo(url: string, body: string, agent: http.Agent): Promise<Answer | Broken> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const result = await ask(url, { agent, headers, body });
  const isOther = isAnswer(result) && result.status === 200 && result.body !== body;
  return isOther ? { broken: 'the response to another body', began: result.began, ms: result.ms } : result;
}

/** A request each `1 / rate` seconds, whatever became of the ones before, until it is stopped. */
export class SteadyAsking {
  readonly results: (Answer | Broken)[] = [];
  sent = 0;
  readonly #agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_024 });
  readonly #url: string;
  readonly #rate: number;
  readonly #open = new Set<Promise<void>>();
  readonly #done: Promise<void>;
  #going = true;

  constructor(url: string, rate: number) {
    this.#url = url;
    this.#rate = rate;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    const began = performance.now();
    while (this.#going) {
      if (began + (this.sent * 1_000) / this.#rate > performance.now()) await pause(1);
      else this.#send();
    }
  }

  #send(): void {
    this.sent++;
    const asking: Promise<void> = ask(this.#url, { agent: this.#agent }).then(result => {
      this.results.push(result);
      this.#open.delete(asking);
    });
    this.#open.add(asking);
  }

  /** Sends no more and waits for the answers that are still to come. */
  async stop(): Promise<(Answer | Broken)[]> {
    this.#going = false;
    await this.#done;
    await Promise.all(this.#open);
    this.#agent.destroy();
    return this.results;
  }
}

/**
 * So many connections, each with its next request as soon as the one before has its response, until it is stopped: every
 * other one has a body, which the function is to send back.
 */
export class BusyAsking {
  readonly results: (Answer | Broken)[] = [];
  readonly #agent: http.Agent;
  readonly #url: string;
  readonly #workers: Promise<void>[];
  #going = true;
  #waiting: { count: number; done: () => void } | undefined;
  #answers = 0;
  #sent = 0;

  constructor(url: string, connections: number) {
    this.#url = url;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: connections });
    this.#workers = Array.from({ length: connections }, () => this.#work());
  }

  async #work(): Promise<void> {
    while (this.#going) {
      const n = this.#sent++;
      const result =
        n % 2 === 0
          ? await ask(this.#url, { agent: this.#agent })
          : await echo(this.#url, json(n), this.#agent);
      this.results.push(result);
      if (!isAnswer(result)) await pause(1);
      else if (++this.#answers >= (this.#waiting?.count ?? Number.POSITIVE_INFINITY)) this.#waiting?.done();
    }
  }

  /** Resolves when so many requests have been answered. */
  reached(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { count, done: resolve };
    return promise;
  }

  /** Sends no more and waits for the answers that are still to come. */
  async stop(): Promise<(Answer | Broken)[]> {
    this.#going = false;
    await Promise.all(this.#workers);
    this.#agent.destroy();
    return this.results;
  }
}
