/** Sends batches to a collector by HTTP. */
import http from 'node:http';
import https from 'node:https';
import type { Reply } from './channel.ts';

/** The most of an answer that is read, in bytes: more than any collector has to say. */
const mostOfAnswer = 64 * 1024;

export interface Destination {
  url: URL;
  /** May take time: they can come from a file. */
  headers(): Promise<http.OutgoingHttpHeaders>;
  agent: http.Agent;
  /** One try's limit, from its beginning to the answer's end. */
  timeoutMs: number;
  /** Whether what was answered so may be taken later. */
  isTemporary(status: number): boolean;
  /** What a 2xx says in its body. */
  readAnswer?(body: Buffer): Reply;
}

export const keptConnections = ({ protocol }: URL): http.Agent =>
  protocol === 'https:'
    ? new https.Agent({ keepAlive: true, maxSockets: 1 })
    : new http.Agent({ keepAlive: true, maxSockets: 1 });

/** Seconds or a date (RFC 9110, 10.2.3). @returns ms from now, or undefined for what is neither */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/**
 * Whether a status says nothing of the batch, but that this is not the collector, or that it lets nobody in: a proxy
 * while the collector is away, a wrong path, a login that has expired. Nothing tells these apart, before a first success
 * or after it, so spans are kept within their bounds and sent again, and the warning says what to look at. Redirects are
 * among them, as they are not followed: the spans would go where no setting says.
 */
const isElsewhere = (status: number): boolean =>
  status >= 300 && status < 500 && ![400, 413, 415, 422].includes(status);

const advice = (status: number, { origin, pathname }: URL): string => {
  const where = `${origin}${pathname}`;
  if (status < 400) return `: redirects are not followed; check the endpoint ${where}`;
  if (status === 401 || status === 403 || status === 407) return `: check the login for ${where}`;
  return `: check the endpoint’s host and path, ${where}`;
};

function replyOf(
  answer: http.IncomingMessage,
  body: Buffer,
  { url, isTemporary, readAnswer }: Destination,
): Reply {
  const status = answer.statusCode ?? 0;
  const reason = `the collector responded with ${status}`;
  if (status >= 200 && status < 300) return readAnswer?.(body) ?? { kind: 'taken' };
  if (isTemporary(status))
    return { kind: 'again', reason, afterMs: retryAfterMs(answer.headers['retry-after']) };
  if (status === 413) return { kind: 'too-large', reason };
  if (isElsewhere(status)) return { kind: 'again', reason: reason + advice(status, url) };
  return { kind: 'refused', reason };
}

/** One try; rejects where there is no answer. */
async function attempt(body: Uint8Array, destination: Destination): Promise<Reply> {
  const { url, agent, timeoutMs } = destination;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const headers = { ...(await destination.headers()), 'content-length': body.byteLength };
  let isRepeated = false;
  const request = url.protocol === 'https:' ? https.request : http.request;
  const req = request(url, { method: 'POST', agent, headers }, answer => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= mostOfAnswer) chunks.push(chunk);
      else req.destroy(new Error('the collector’s response does not end'));
    });
    answer.on('end', () => resolve(replyOf(answer, Buffer.concat(chunks), destination)));
    answer.on('error', reject);
  });
  // Unlike the socket's own time-out this one is no matter of silence: a slow trickle is late, too.
  const timer = setTimeout(
    () => req.destroy(new Error(`the collector did not respond within ${timeoutMs} ms`)),
    timeoutMs,
  );
  req.on('close', () => {
    clearTimeout(timer);
    // After a 101, for one, there is neither a response nor an error.
    if (!isRepeated) reject(new Error('the collector closed the connection without a response'));
  });
  req.on('error', (error: NodeJS.ErrnoException) => {
    // A kept connection that the other side closed while the batch was on its way.
    isRepeated = req.reusedSocket && error.code === 'ECONNRESET';
    if (isRepeated) attempt(body, destination).then(resolve, reject);
    else reject(error);
  });
  req.end(body);
  return promise;
}

/** Sends a batch, once. @returns what came of it; no answer may be one later */
export async function post(body: Uint8Array, destination: Destination): Promise<Reply> {
  try {
    return await attempt(body, destination);
  } catch (error) {
    return { kind: 'again', reason: error instanceof Error ? error.message : String(error) };
  }
}
