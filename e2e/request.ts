import { get, type IncomingHttpHeaders } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
  milliseconds: number;
  /** From the answer's `traceresponse`. */
  traceId: string | undefined;
}

/** A way into the cluster: the port that leads to the ingress, and the host name that it routes by. */
export interface Entrance {
  port: number;
  host: string;
}

/**
 * Sends one GET and reads the answer to its end.
 * @throws the connection's error, or that it took longer than a minute
 */
export function request({ port, host }: Entrance, path: string): Promise<Answer> {
  const beganAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const signal = AbortSignal.timeout(60_000);
  const outgoing = get({ port, path, headers: { host }, agent: false, signal }, response => {
    const { headers } = response;
    const traceId = /^00-([0-9a-f]{32})-/.exec(String(headers['traceresponse'] ?? ''))?.[1];
    const chunks: Buffer[] = [];
    response.on('data', chunk => chunks.push(chunk));
    response.once('error', reject);
    response.once('end', () => {
      const milliseconds = performance.now() - beganAt;
      resolve({
        status: response.statusCode ?? 0,
        headers,
        body: String(Buffer.concat(chunks)),
        milliseconds,
        traceId,
      });
    });
  });
  outgoing.once('error', reject);
  return promise;
}

/**
 * Sends one GET that has to succeed.
 * @throws an error that has the answer, where it is not 200 or has no trace's id
 */
export async function succeed(entrance: Entrance, path: string): Promise<Answer & { traceId: string }> {
  const answer = await request(entrance, path);
  const { status, traceId, body } = answer;
  if (status !== 200 || traceId === undefined) {
    throw new Error(
      `GET ${path} at ${entrance.host} answered ${status}${traceId === undefined ? ' without traceresponse' : ''}: ${body.slice(0, 500)}`,
    );
  }
  return { ...answer, traceId };
}
