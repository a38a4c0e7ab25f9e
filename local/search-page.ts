import { createServer, type ServerResponse } from 'node:http';
import { listenOn } from '../packages/traced/src/dev/listen.ts';

/** A server that was started here. */
export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

const answerAfterMs = 120;
const headerCount = 60;

/**
 * Starts the stand-in for the search page that beta and redis GET: 60 headers, `Cache-Control: max-age=60`, an answer
 * after 120 ms, so that a request that is not shared or kept alive shows in the trace.
 */
export async function startSearchPage({ host = '127.0.0.1', port = 0 } = {}): Promise<LocalServer> {
  const body = page();
  const server = createServer((request, response) => {
    const timer = setTimeout(() => {
      for (const [name, value] of headers(response)) response.setHeader(name, value);
      response.setHeader('Content-Length', Buffer.byteLength(body));
      response.end(request.method === 'HEAD' ? undefined : body);
    }, answerAfterMs);
    response.on('close', () => clearTimeout(timer));
    request.resume();
  });
  server.keepAliveTimeout = 30_000;
  server.maxConnections = 1_000;
  const bound = await listenOn(server, port, host);
  return {
    port: bound,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function headers(response: ServerResponse): [name: string, value: string][] {
  const own: [string, string][] = [
    ['Content-Type', 'text/html; charset=utf-8'],
    ['Cache-Control', 'max-age=60'],
  ];
  // Content-Length is set beside these; Node adds Date, Connection and, where it keeps the connection, Keep-Alive.
  const others = response.shouldKeepAlive ? 4 : 3;
  const results = Array.from({ length: headerCount - own.length - others }, (_, index): [string, string] => {
    const number = String(index + 1).padStart(2, '0');
    return [`X-Result-${number}`, `result ${number} for python`];
  });
  return [...own, ...results];
}

function page(): string {
  const results = Array.from({ length: 10 }, (_, index) => `<li>Result ${index + 1} for python</li>`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><title>python - search</title></head>',
    `<body><h1>python</h1><ol>${results.join('')}</ol></body>`,
    '</html>',
    '',
  ].join('\n');
}
