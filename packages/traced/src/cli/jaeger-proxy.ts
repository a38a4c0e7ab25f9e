/** Passes the page's questions on to a Jaeger, and nothing else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { BackendAddress } from './backend-address.ts';
import { reasonFor } from './http-get.ts';
import { targetOf } from './proxy-target.ts';

const headers = {
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Answers GET and HEAD below `/api/` with what Jaeger answers. Of the request only one of the API's routes and
 * the query are passed on, of the answer only status, JSON or text. Redirects are not followed.
 * @param timeout for each answer, ms
 */
export function jaegerProxy(
  { url, headers: login }: BackendAddress,
  timeout: number,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const target = targetOf(request.url ?? '', url);
    if (target === undefined) return fail(response, 404, 'there is no such path');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(timeout)]);
      // A redirect leads to a URL that was not checked, so that it is reported rather than followed with the login.
      const answer = await fetch(target, { headers: login, signal, redirect: 'manual' });
      if (answer.status >= 300 && answer.status < 400) {
        await answer.body?.cancel();
        return fail(
          response,
          502,
          `Jaeger redirects (${answer.status}): give --jaeger the address it redirects to`,
        );
      }
      const isJson = /^application\/json\b/i.test(answer.headers.get('content-type') ?? '');
      const type = isJson ? 'application/json' : 'text/plain; charset=utf-8';
      response.writeHead(answer.status, { ...headers, 'Content-Type': type });
      if (answer.body === null || request.method === 'HEAD') response.end();
      else await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else fail(response, 502, `could not ask Jaeger: ${reasonFor(error as Error, timeout)}`);
    }
  };
}

/** In the form in which Jaeger itself says what went wrong. */
export function fail(response: ServerResponse, code: number, msg: string): void {
  response.writeHead(code, { ...headers, 'Content-Type': 'application/json' });
  response.end(`${JSON.stringify({ data: null, errors: [{ code, msg }] })}\n`);
}
