/** Runs the function that FUNCTION_TARGET names: tracing first, then everything that it patches. */
import type { Server } from 'node:http';
import { pathToFileURL } from 'node:url';
import { endPhase } from './cold-start.ts';
import { configureLog, log } from './log.ts';
import { ConfigError } from './settings.ts';

async function start(): Promise<void> {
  endPhase('boot');
  const { config } = await import('./config.ts');
  configureLog(config.logLevel, { function: config.functionTarget });
  const { registerModuleHooks } = await import('./hooks.ts');
  const { startTracing } = await import('./tracing.ts');
  const tracing = await startTracing(config);
  registerModuleHooks();
  endPhase('sdk');
  await import(moduleOf(config.functionTarget, config.functionSource));
  const { createFunctionServer, onStrayError } = await import('./server.ts');
  const { stop } = await import('./shutdown.ts');
  const functionServer = createFunctionServer(config.functionTarget);
  process.on('uncaughtException', onStrayError);
  process.on('unhandledRejection', onStrayError);
  endPhase('load');
  await listen(functionServer.server, config.port, config.host);
  endPhase('listen');
  onStop(async () => process.exit(await stop(functionServer, tracing, config)));
}

const moduleOf = (target: string, source: string): string =>
  String(source ? pathToFileURL(source) : new URL(`../functions/${target}/index.ts`, import.meta.url));

async function listen(server: Server, port: number, host: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host: host || undefined }, resolve);
  await promise;
  server.off('error', reject);
  const address = server.address();
  const bound = typeof address === 'object' ? address?.port : port;
  log.info('listening', { port: bound });
  process.send?.({ type: 'listening', port: bound });
}

/** The first SIGTERM, SIGINT or end of the parent's channel stops in order; a second signal ends at once. */
function onStop(stopInOrder: () => Promise<void>): void {
  let stopping = false;
  const begin = () => {
    if (stopping) return;
    stopping = true;
    void stopInOrder();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(signal === 'SIGTERM' ? 143 : 130);
      begin();
    });
  }
  process.once('disconnect', begin);
}

start().catch((error: unknown) => {
  if (error instanceof ConfigError) for (const line of error.message.split('\n')) log.error(line);
  else
    log.error(`cannot start: ${error instanceof Error ? error.message : error}`, {
      stack: (error as Error).stack,
    });
  process.exit(1);
});
