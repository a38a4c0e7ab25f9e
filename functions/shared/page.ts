import type { IncomingMessage } from 'node:http';
import type { Attributes } from '@opentelemetry/api';
import { currentInvocation, HttpError, withClientAttributes } from '@traced-functions/runtime';
import { type Answer, get, headOf } from './client.ts';
import { freshMs } from './freshness.ts';
import { memoize } from './memoize.ts';
import { config } from './settings.ts';

function usable(page: Answer): Answer {
  if (page.status >= 500) throw new HttpError(502, `The page responded with ${page.status}.`);
  return page;
}

/** The span says whether the response will serve other requests too. */
const markStored = (response: IncomingMessage): Attributes =>
  freshMs(headOf(response)) > 0 ? { 'http.client.response.stored': true } : {};

const sharedPage = memoize(
  (answer: Answer) => freshMs(answer, answer.redirects),
  async url => usable(await withClientAttributes(markStored, () => get(url))),
);

/**
 * The upstream page: one GET on a kept connection, shared by all for as long as the response may be kept (RFC 9111), a
 * minute at most. Concurrent requests wait for the same GET; if its response may not be kept, each then makes its own.
 * @throws HttpError 502 or 504 where it cannot be had, or the current request's abort reason
 */
export async function page(): Promise<Answer> {
  const signal = currentInvocation()?.signal;
  signal?.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([sharedPage(config.upstreamUrl), aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** The same page on a new connection, for this request alone. */
export async function freshPage(): Promise<Answer> {
  return usable(
    await get(config.upstreamUrl, { freshConnection: true, signal: currentInvocation()?.signal }),
  );
}
