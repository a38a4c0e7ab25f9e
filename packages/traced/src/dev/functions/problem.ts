import type { IncomingMessage, ServerResponse } from 'node:http';

const titles: Record<number, string> = {
  404: 'Not Found',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Whether a request names this machine: a page of another site can have its own name resolve to 127.0.0.1. */
const isLocal = ({ headers: { host } }: IncomingMessage): boolean =>
  /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host ?? '');

/**
 * Responds with a problem document (RFC 9457) for what has no function's response.
 * @param detail only for requests that name this machine, as it may quote the function's code
 */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  status: keyof typeof titles,
  detail: string,
): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const title = titles[status];
  const body = { type: 'about:blank', title, status, ...(isLocal(req) ? { detail } : {}) };
  // What is left of a request's body is not read.
  if (!req.complete) res.setHeader('connection', 'close');
  res.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  res.end(`${JSON.stringify(body)}\n`);
}
