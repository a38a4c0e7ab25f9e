import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { HttpError } from '@traced-functions/runtime';
import type { Head } from './freshness.ts';
import { headerText } from './header-text.ts';

export interface RequestOptions {
  method?: 'GET' | 'HEAD';
  headers?: OutgoingHttpHeaders;
  /** Gives the request up when aborted; its reason is what the call rejects with. */
  signal?: AbortSignal | undefined;
  /** Limit for DNS, connect and TLS together, in ms. */
  connectTimeoutMs?: number;
  /** Opens a connection of its own and closes it afterwards. */
  freshConnection?: boolean;
}

export interface GetOptions extends RequestOptions {
  /** Limit for the whole exchange with all its redirects, in ms. */
  timeoutMs?: number;
  /** The largest body that is read, in bytes. */
  maxBytes?: number;
  maxRedirects?: number;
}

export interface Answer extends Head {
  headers: Record<string, string>;
  body: Buffer;
  /** The redirects that led there. */
  redirects: Head[];
}

// maxSockets bounds what a slow target can make us open; the rest waits in the agent, each for its own time limit.
const pool = { keepAlive: true, maxSockets: 256, maxFreeSockets: 64, scheduling: 'lifo' } as const;
const agent = new http.Agent(pool);
/** Made for the first who needs it: a cold start need not wait for TLS. */
let secureAgent: https.Agent | undefined;

function agentFor(protocol: string): http.Agent {
  if (protocol !== 'https:') return agent;
  secureAgent ??= new https.Agent(pool);
  return secureAgent;
}

const isRedirect = new Set([301, 302, 303, 307, 308]);

/** What an outbound failure means for our own client: 504 for time, 502 for the rest. */
function asHttpError(error: unknown, target: string): HttpError {
  if (error instanceof HttpError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ETIMEDOUT') return new HttpError(504, `${target} did not respond in time.`, { cause: error });
  return new HttpError(502, `${target} cannot be reached.`, { cause: error });
}

/** Ends a request that has no connection within the limit. */
function limitConnect(req: http.ClientRequest, limitMs: number, target: string): void {
  const timer = setTimeout(() => {
    req.destroy(new HttpError(504, `${target} took no connection within ${limitMs} ms.`));
  }, limitMs);
  const done = () => clearTimeout(timer);
  req.once('close', done);
  req.once('socket', socket => {
    if (!socket.connecting) return done();
    socket.once('protocol' in req && req.protocol === 'https:' ? 'secureConnect' : 'connect', done);
  });
}

const noResponse = (target: string) => new HttpError(502, `${target} gave no HTTP response.`);

/** A kept connection that the other side closed while the request was on its way (Node's documented race). */
const isLostRace = (req: http.ClientRequest, { code }: NodeJS.ErrnoException): boolean =>
  req.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');

function begin(url: URL, options: RequestOptions, target: string): http.ClientRequest {
  const { method = 'GET', headers = {}, freshConnection = false } = options;
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const request = protocol === 'https:' ? https.request : http.request;
  const req = request(url, { method, headers, agent: freshConnection ? false : agentFor(protocol) });
  // Without a listener, Node would destroy the connection and emit nothing but `close`.
  req.once('upgrade', (_message, socket) => {
    socket.destroy();
    req.emit('error', noResponse(target));
  });
  return req;
}

/** Settles exactly once: a request ends with `response` or `error`, and whatever else happens, with `close`. */
function send(url: URL, options: RequestOptions, target: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const { signal } = options;
  const req = begin(url, options, target);
  let response: IncomingMessage | undefined;
  let retried = false;
  limitConnect(req, options.connectTimeoutMs ?? 3_000, target);
  // A body that only the end of the connection delimits looks whole to Node when the connection is reset, or when this
  // side ends it: so the response itself has to be destroyed.
  const fail = (error: Error) => {
    if (response !== undefined && !response.readableEnded) response.destroy(error);
    req.destroy(error);
  };
  const abort = () => fail(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  req.once('response', message => {
    response = message.on('error', () => undefined); // its reader sees the error, even an earlier one
    if ((message.statusCode ?? 0) >= 200) return resolve(message);
    reject(noResponse(target));
    fail(noResponse(target));
  });
  req.on('error', (error: NodeJS.ErrnoException) => {
    if (response !== undefined) {
      if (!response.complete) fail(error);
    } else if (isLostRace(req, error) && !retried && !signal?.aborted) {
      retried = true;
      send(url, { ...options, freshConnection: true }, target).then(resolve, reject);
    } else reject(error);
  });
  req.once('close', () => {
    signal?.removeEventListener('abort', abort);
    if (!retried) reject(noResponse(target));
  });
  if (signal?.aborted) abort();
  req.end();
  return promise;
}

/**
 * Sends a GET or HEAD and resolves with the response's head; its body streams, and ends with an error where it is not
 * whole. Settles when the connect limit or the signal says so, whatever the other side does.
 * @param target what error messages call the other side: never its address
 * @throws HttpError 502 where it cannot be reached or does not speak HTTP, 504 where it is too slow, or the signal's reason
 */
export async function request(url: URL, options: RequestOptions, target: string): Promise<IncomingMessage> {
  try {
    return await send(url, options, target);
  } catch (error) {
    throw asHttpError(error, target);
  }
}

async function readBody(message: IncomingMessage, maxBytes: number, target: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new HttpError(502, `${target} responded with more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The status and headers of a response, as text. */
export const headOf = ({ statusCode = 502, headersDistinct }: IncomingMessage) => ({
  status: statusCode,
  headers: Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.map(headerText).join(', ')]),
  ),
});

function redirected(from: URL, message: IncomingMessage, target: string): URL {
  const location = headerText(message.headers.location ?? '');
  if (!URL.canParse(location, String(from))) throw new HttpError(502, `${target} redirects to nowhere.`);
  const to = new URL(location, from);
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    throw new HttpError(502, `${target} redirects to something that is not HTTP.`);
  }
  return to;
}

async function follow(
  url: URL,
  options: GetOptions,
  target: string,
  left: number,
  redirects: Head[] = [],
): Promise<Answer> {
  const message = await request(url, options, target);
  const head = headOf(message);
  const again = isRedirect.has(head.status) && message.headers.location !== undefined;
  if (again && left === 0) {
    message.destroy();
    throw new HttpError(502, `${target} redirects too often.`);
  }
  const body = await readBody(message, options.maxBytes ?? 10 * 1024 * 1024, target);
  if (!again) return { ...head, body, redirects };
  const to = redirected(url, message, target);
  const headers = to.origin === url.origin ? options.headers : {};
  return follow(to, { ...options, headers: headers ?? {} }, target, left - 1, [...redirects, head]);
}

/**
 * GETs a URL, follows redirects and reads the body, all within one time limit (10 s unless told) and size bound (10 MiB).
 * @param target what error messages call the other side: never its address
 * @throws HttpError 502 where it cannot be reached or breaks off, 504 where it is too slow, or the signal's reason
 */
export async function get(url: string, options: GetOptions = {}, target = 'The page'): Promise<Answer> {
  const controller = new AbortController();
  const { signal, timeoutMs = 10_000, maxRedirects = 5 } = options;
  const late = () =>
    controller.abort(new HttpError(504, `${target} did not respond within ${timeoutMs} ms.`));
  const timer = setTimeout(late, timeoutMs);
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await follow(new URL(url), { ...options, signal: controller.signal }, target, maxRedirects);
  } catch (error) {
    throw asHttpError(controller.signal.aborted ? controller.signal.reason : error, target);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
