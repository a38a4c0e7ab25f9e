import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { context, propagation } from '@opentelemetry/api';
import { request } from './client.ts';
import { endToEndHeaders } from './headers.ts';
import { budgetHeader, currentInvocation } from './invocation.ts';
import { HttpError } from './problem.ts';

/** Runs `work` with no baggage, so that what a stranger put there goes no further. */
export const withoutBaggage = <T>(work: () => T): T =>
  context.with(propagation.deleteBaggage(context.active()), work);

const notForwarded = () => [
  'host',
  'expect',
  'content-length',
  'baggage',
  budgetHeader,
  ...propagation.fields(),
];

/**
 * Passes a GET or HEAD on and streams the answer back, within what is left of the request's budget.
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
    ...endToEndHeaders(req, notForwarded()),
    [budgetHeader]: String(invocation?.remainingMs() ?? ''),
  };
  const method = req.method === 'HEAD' ? 'HEAD' : 'GET';
  const answer = await withoutBaggage(() =>
    request(url, { method, headers, signal: invocation?.signal }, target),
  );
  if (res.headersSent || res.destroyed) {
    answer.destroy();
    return;
  }
  for (const [name, values] of Object.entries(endToEndHeaders(answer, ['traceresponse'])))
    res.setHeader(name, values);
  res.statusCode = answer.statusCode ?? 502;
  try {
    await pipeline(answer, res, invocation === undefined ? {} : { signal: invocation.signal });
  } catch (error) {
    throw new HttpError(502, `${target} broke off its answer.`, { cause: error });
  }
}
