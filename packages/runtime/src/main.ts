/** Runs the function that FUNCTION_TARGET names: tracing first, then everything that it patches. */
import type { Server } from 'node:http';
import { endPhase } from './cold-start.ts';
import { configureLog, log } from './log.ts';
import { ConfigError } from './setting.ts';
import { listenForStop } from './stop-events.ts';

/** Node 22.15 brought `module.registerHooks`, which Node 20 and early 22 lack. */
function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return;
  throw new ConfigError(`traced-functions needs Node 22.15 or newer, not ${process.version}`);
}

async function start(): Promise<void> {
  requireNode();
  endPhase('boot');
  const stopping = listenForStop(async () => 0);
  if (process.argv.length > 2) await readArguments();
  const { config } = await import('./config.ts');
  configureLog(config.logLevel, { function: config.functionTarget });
  const { startTracing } = await import('./tracing.ts');
  const tracing = await startTracing(config);
  endPhase('sdk');
  const { loadModule } = await import('./load.ts');
  const module = await loadModule(config, tracing.patched);
  const { findFunction } = await import('./find-function.ts');
  const { createFunctionServer } = await import('./server.ts');
  const { reportUncaught } = await import('./uncaught.ts');
  const { runStartHooks } = await import('./lifecycle.ts');
  const { stop } = await import('./shutdown.ts');
  const functionServer = await createFunctionServer(findFunction(module, config));
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, error => {
      reportUncaught(error);
      stopping.afterError(error);
    });
  }
  endPhase('load');
  if (await runStartHooks(config.startTimeoutMs)) endPhase('onStart');
  await listen(functionServer.server, config.port, config.host);
  endPhase('listen');
  stopping.inOrder = ({ isFatal }) =>
    stop(functionServer, tracing, isFatal ? { ...config, lameDuckMs: 0 } : config);
}

/** Flags are variables from here on, for whoever reads those. */
async function readArguments(): Promise<void> {
  const { environmentOf, usage } = await import('./options.ts');
  const env = environmentOf(process.argv.slice(2), process.env);
  if (env === 'help') {
    process.stdout.write(usage);
    process.exit(0);
  }
  Object.assign(process.env, env);
}

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

start().catch((error: unknown) => {
  if (error instanceof ConfigError) for (const line of error.message.split('\n')) log.error(line);
  else
    log.error(`cannot start: ${error instanceof Error ? error.message : error}`, {
      stack: (((error as Error).cause ?? error) as Error).stack,
    });
  process.exit(1);
});
