/** One GET with a limit of time and size, whose failures are sentences. */
import { responseText } from '../read/response-text.ts';

export interface HttpResponse {
  status: number;
  text: string;
  /** Where a redirect that was not followed leads. */
  location?: string;
}

/** Bytes of a response; a text cannot be much longer in V8. */
const mostBytes = 500e6;
const tooLarge = 'its response is larger than 500 MB: ask for fewer traces';

/**
 * Redirects are followed only where nothing is sent that lets one in, which must not go to an address that nobody named.
 * @param timeout for the whole response, ms
 * @throws Error with a reason for people, such as `connection refused`
 */
export async function httpGet(
  url: URL,
  { headers, timeout }: { headers: Record<string, string>; timeout: number },
): Promise<HttpResponse> {
  const isPublic = Object.keys(headers).every(name => name.toLowerCase() === 'accept');
  try {
    const redirect = isPublic ? 'follow' : 'manual';
    const response = await fetch(url, { headers, redirect, signal: AbortSignal.timeout(timeout) });
    const location = response.headers.get('location');
    const text = await responseText(response, mostBytes, tooLarge);
    return { status: response.status, text, ...(location === null ? {} : { location }) };
  } catch (error) {
    throw new Error(reasonFor(error as Error, timeout));
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it broke the connection off',
  UND_ERR_SOCKET: 'it broke the connection off',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the connection was not taken in time',
};

/** `fetch` says no more than "fetch failed"; the reason is its cause. */
export function reasonFor(error: Error, timeout: number): string {
  if (error.name === 'TimeoutError') return `no response within ${timeout / 1_000} s`;
  const cause = (error.cause ?? error) as NodeJS.ErrnoException;
  return reasons[cause.code ?? ''] ?? cause.message;
}
