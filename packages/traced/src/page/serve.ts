/** Serves the page: the document at each view's path, and its files. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildPage, type PageFile } from './build.ts';

/** The views' paths; `/search`, `/trace/<id>`, `/trace/<id>...<id>` and `/dependencies` are Jaeger's own. */
const view = /^\/(?:search|compare|graph|dependencies|trace\/[0-9a-f.]{1,80})?$/i;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types traced-worker',
].join('; ');

const headers = {
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * A listener that answers GET and HEAD for the page's own paths and returns true, or returns false and leaves the
 * request alone. The page is built at the first request.
 */
export function pageHandler(): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    if (view.test(path)) void answer(response, files => files.get('/'), 'no-cache');
    else if (path.startsWith('/page/')) {
      void answer(response, files => files.get(path), 'public, max-age=31536000, immutable');
    } else return false;
    return true;
  };
}

async function answer(
  response: ServerResponse,
  find: (files: ReadonlyMap<string, PageFile>) => PageFile | undefined,
  cacheControl: string,
): Promise<void> {
  try {
    const file = find(await buildPage());
    if (file === undefined)
      end(response, 404, { type: 'text/plain; charset=utf-8', body: 'no such file\n' }, 'no-store');
    else end(response, 200, file, cacheControl);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const body = `The page could not be built: ${reason}\n`;
    end(response, 500, { type: 'text/plain; charset=utf-8', body }, 'no-store');
  }
}

function end(response: ServerResponse, status: number, { type, body }: PageFile, cacheControl: string): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': cacheControl,
  });
  // Node itself leaves the body out of the answer to HEAD.
  response.end(body);
}
