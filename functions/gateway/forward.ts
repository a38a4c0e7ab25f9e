import type { IncomingMessage, ServerResponse } from 'node:http';
import { context, propagation } from '@opentelemetry/api';
import { currentInvocation, HttpError, timeoutHeader } from '@traced-functions/runtime';
import { request } from '../shared/client.ts';
import { endToEndHeaders } from './headers.ts';
import { isTraceHeader } from './trace-headers.ts';

/** Runs `work` with no baggage, so that what a stranger put there goes no further. */
export const withoutBaggage = <T>(work: () => T): T =>
  context.with(propagation.deleteBaggage(context.active()), work);

const ofThisHop: ReadonlySet<string> = new Set(['host', 'expect', 'content-length', timeoutHeader]);
let configured: ReadonlySet<string> | undefined;

/** What a request does not pass on: each hop says it for itself. */
function notForwarded(name: string): boolean {
  configured ??= new Set(propagation.fields());
  return ofThisHop.has(name) || isTraceHeader(name) || configured.has(name);
}

const notPassedBack = (name: string): boolean => name === 'traceresponse';

/**
 * Passes an answer's body on to its end. Node's `pipeline` would do the same with an AbortController and an exception
 * for each, which take a seventh of the gateway's time.
 * @throws where either side breaks off
 */
function passOn(answer: IncomingMessage, res: ServerResponse): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (answer.destroyed) reject(answer.errored ?? new Error('the response was cut off'));
  answer.once('error', reject);
  res.once('error', reject);
  answer.once('close', () => {
    if (!answer.complete) reject(new Error('the response was cut off'));
  });
  res.once('close', () => {
    if (res.writableFinished) return resolve();
    answer.destroy();
    reject(new Error('the client has gone away'));
  });
  answer.pipe(res);
  return promise;
}

/**
 * Passes a GET or HEAD on and streams the response back, within what is left until the request’s deadline.
 * @param url where to; the request's own path and query are not looked at
 * @param target what error messages call the other side: never its address
 * @throws HttpError 502 where it cannot be reached, 504 where it is too slow
 */
export async function forward(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  target: string,
): Promise<void> {
  const invocation = currentInvocation();
  const headers = {
    ...endToEndHeaders(req, notForwarded),
    [timeoutHeader]: String(invocation?.remainingMs() ?? ''),
  };
  const method = req.method === 'HEAD' ? 'HEAD' : 'GET';
  const answer = await withoutBaggage(() =>
    request(url, { method, headers, signal: invocation?.signal }, target),
  );
  if (res.headersSent || res.destroyed) {
    answer.destroy();
    return;
  }
  for (const [name, values] of Object.entries(endToEndHeaders(answer, notPassedBack)))
    res.setHeader(name, values);
  res.statusCode = answer.statusCode ?? 502;
  try {
    await passOn(answer, res);
  } catch (error) {
    throw new HttpError(502, `${target} broke off its response.`, { cause: error });
  }
}
