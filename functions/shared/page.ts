import { currentInvocation, HttpError, withClientAttributes } from '@traced-functions/runtime';
import { type Answer, get } from './client.ts';
import { config } from './settings.ts';
import { shared } from './shared.ts';

function usable(page: Answer): Answer {
  if (page.status >= 500) throw new HttpError(502, `The page answered ${page.status}.`);
  return page;
}

/** Their spans say that the answer will serve other requests too. */
const stored = { 'http.client.response.stored': true };

const sharedPage = shared(60_000, async url => usable(await withClientAttributes(stored, () => get(url))));

/**
 * The page at UPSTREAM_URL: one GET on a kept connection, shared by all for a minute.
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
