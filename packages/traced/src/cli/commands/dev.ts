/** `traced dev`: the functions of a folder, traced, each started again when its code changes. */
import { DevError } from '../../dev/dev-error.ts';
import { DevServer } from '../../dev/dev-server.ts';
import { stopOnSignal, stopWithinMs } from '../../dev/signals.ts';
import { dataOf, messageOf } from '../cloud-event.ts';
import { InputError } from '../input-error.ts';
import { print, say } from '../terminal.ts';

interface DevCommandOptions {
  port: number;
  jaegerPort: number;
  collectorPort: number;
  otlpPort: number;
  jaeger?: string;
  target?: string;
  inspect?: number;
  try?: string;
  quiet?: true;
}

const variables = {
  function: '--port or PORT',
  query: '--jaeger-port or JAEGER_PORT',
  thrift: '--collector-port or COLLECTOR_PORT',
  otlp: '--otlp-port or OTLP_PORT',
};

/** The request is shown like any other. */
async function ask(url: string, what: string): Promise<void> {
  const request = what.startsWith('/') ? {} : { method: 'POST', ...messageOf(dataOf(what)) };
  const response = await fetch(what.startsWith('/') ? url + what : url, request);
  await response.body?.cancel();
}

/** What the runtime needs, which this Node runs. */
function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return;
  throw new InputError(`traced dev needs Node 22.15 or newer, not ${process.version}`);
}

/** Serves until the process is ended. */
export async function run(folder = '.', options: DevCommandOptions): Promise<void> {
  requireNode();
  const { port, jaegerPort: query, collectorPort: thrift, otlpPort: otlp, jaeger } = options;
  const server = new DevServer(
    {
      folder,
      ports: { query, thrift, otlp },
      portOf: n => (port === 0 ? 0 : port + n),
      variables,
      env: process.env,
      jaeger: jaeger === undefined ? undefined : { url: jaeger.replace(/\/+$/, '') },
      target: options.target,
      inspect: options.inspect,
    },
    { say: line => print(`${line}\n`), warn: say },
  );
  server.quiet = options.quiet === true;
  const stopping = stopOnSignal(server, say);
  try {
    const { ports, serving, tracesUrl } = await server.start();
    const [only] = ports.values();
    const what = ports.size > 1 ? `${serving} of ${ports.size} functions` : `http://localhost:${only}`;
    print(`ready: ${what} · traces: ${tracesUrl}\n`);
    if (options.try !== undefined) await ask(`http://127.0.0.1:${only}`, options.try);
  } catch (error) {
    if (stopping.aborted) return;
    await server.stop(stopWithinMs);
    throw error instanceof DevError ? new InputError(error.message) : error;
  }
}
