/** `traced ui`: the page, with any Jaeger behind it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pageHandler } from '../../page/serve.ts';
import { type BackendOptions, backendAddress } from '../backend-address.ts';
import { InputError } from '../input-error.ts';
import { fail, jaegerProxy } from '../jaeger-proxy.ts';
import { jaegerOf } from '../search.ts';
import { print, say } from '../terminal.ts';

/** Serves until the process is ended. */
export async function run(options: BackendOptions & { port: number }): Promise<void> {
  const jaeger = jaegerOf(options);
  const answerPage = pageHandler();
  const answerApi = jaegerProxy(backendAddress(options), options.timeout / 1e3);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!isLocalHost(request.headers.host)) fail(response, 403, 'open this page as http://localhost');
    else if (answerPage(request, response)) return;
    else if (request.method === 'GET' || request.method === 'HEAD') void answerApi(request, response);
    else fail(response, 405, 'only GET and HEAD are supported here');
  });
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, options.port)));
    server.listen(options.port, '127.0.0.1', resolve);
  });
  print(`http://localhost:${(server.address() as AddressInfo).port}\n`);
  // The page says so too, but a person who mistyped the address looks here.
  await jaeger.services().catch((error: Error) => say(error.message));
}

// A page of another site can have its own name resolve to 127.0.0.1 and would then be given traces under that name;
// the Host header, which no page can forge, tells.
function isLocalHost(host = ''): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host);
}

function cannotListen(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new InputError(`port ${port} is taken: another one is given by --port, any free one by --port 0`);
  }
  return error.code === 'EACCES'
    ? new InputError(`port ${port} may not be used: give another by --port`)
    : error;
}
