import type { AddressInfo } from 'node:net';
import type { LoadedFunction } from '../function-kinds.ts';
import { RecordedSpans } from './spans.ts';

/** The spans of every trace in this process. */
export const recorded = new RecordedSpans();

let tracing: Promise<string[]> | undefined;

/**
 * Before a function is loaded, as tracing patches what is loaded afterwards; once in a process.
 * @returns the modules that it patches
 */
export function setUpTracing(): Promise<string[]> {
  tracing ??= startTracing();
  return tracing;
}

async function startTracing(): Promise<string[]> {
  process.env['OTEL_TRACES_EXPORTER'] = 'none';
  process.env['LOG_LEVEL'] ??= 'error';
  const { config } = await import('../config.ts');
  const { configureLog } = await import('../log.ts');
  const { registerModuleHooks } = await import('../hooks.ts');
  const { startTracing: start } = await import('../tracing.ts');
  configureLog(config.logLevel, {});
  const { patched } = await start(config, [recorded]);
  registerModuleHooks(patched);
  return patched;
}

export interface Served {
  /** Without a slash at its end. */
  url: string;
  port: number;
  /** Ends its connections and calls the `onStop` hooks of this process. */
  close(): Promise<void>;
}

/** Serves a function on a free port of 127.0.0.1. */
export async function serve(loaded: LoadedFunction): Promise<Served> {
  const { createFunctionServer } = await import('../server.ts');
  const { runStopHooks } = await import('../lifecycle.ts');
  const { server, cutOff } = await createFunctionServer(loaded);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      cutOff();
      await closed;
      await runStopHooks();
    },
  };
}
