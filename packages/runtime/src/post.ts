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
  /** Whether a batch that got this 5xx may be taken later. */
  isTemporary(status: number): boolean;
  /** The variables that say where the collector is, for a warning. */
  variables: string;
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

/** What a collector says of the batch itself (RFC 9110, 15.5); sent again it would get the same. */
const ofTheBatch = new Set([400, 415, 422]);

/** The status and, of a redirect, where it leads, without a login or a query. */
function reasonOf({ statusCode = 0, headers }: http.IncomingMessage, { url }: Destination): string {
  const reason = `the collector answered ${statusCode}`;
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return reason;
  const target = URL.canParse(headers.location, url.href) ? new URL(headers.location, url) : undefined;
  const where = target ? ` to ${target.origin}${target.pathname}` : '';
  return `${reason}, a redirect${where}, and redirects are not followed`;
}

/**
 * What a response means for the batch. Any 3xx or 4xx that is not about the batch is about the route to the collector: a
 * proxy in between, a path, a login. Those change while the process runs, so the batch is kept.
 */
function replyOf(answer: http.IncomingMessage, body: Buffer, destination: Destination): Reply {
  const { isTemporary, readAnswer, variables } = destination;
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return readAnswer?.(body) ?? { kind: 'taken' };
  const reason = reasonOf(answer, destination);
  if (status === 413) return { kind: 'tooLarge', reason };
  if (ofTheBatch.has(status) || (status >= 500 && !isTemporary(status))) return { kind: 'refused', reason };
  const isAboutTheRoute = ![408, 429, 500, 502, 503, 504].includes(status);
  return {
    kind: 'again',
    reason,
    afterMs: retryAfterMs(answer.headers['retry-after']),
    ...(isAboutTheRoute && { advice: `check ${variables}` }),
  };
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
      else req.destroy(new Error('the collector’s answer does not end'));
    });
    answer.on('end', () => resolve(replyOf(answer, Buffer.concat(chunks), destination)));
    answer.on('error', reject);
  });
  // Unlike the socket's own time-out this one is no matter of silence: a slow trickle is late, too.
  const timer = setTimeout(
    () => req.destroy(new Error(`the collector did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  req.on('close', () => {
    clearTimeout(timer);
    // After a 101, for one, there is neither a response nor an error.
    if (!isRepeated) reject(new Error('the collector closed the connection without an answer'));
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
