/** What `npm start` runs: `traced dev` over the exercise's functions, and all that they need, without Docker. */
import { fileURLToPath } from 'node:url';
import {
  type DevOptions,
  DevServer,
  type RunningDev,
  request,
  stopOnSignal,
  stopWithinMs,
} from '@traced-functions/traced/dev';
import {
  ConfigError,
  type LocalConfig,
  portVariables,
  readLocalConfig,
  UsageError,
  usage,
} from './config.ts';
import { StandIns } from './stand-ins.ts';

const output = {
  say: (line: string) => void process.stdout.write(`${line}\n`),
  warn: (line: string) => void process.stderr.write(`${line}\n`),
};

const folder = fileURLToPath(new URL('../functions', import.meta.url));

async function main(): Promise<void> {
  // A reader that goes away, as in `npm start | head`, is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const config = configOrExit();
  for (const note of config.notes) output.warn(note);
  const standIns = new StandIns(config, process.env['PATH'] ?? '', output);
  let server: DevServer | undefined;
  const all = {
    async stop(withinMs: number) {
      await server?.stop(withinMs);
      await standIns.stop();
    },
    kill() {
      server?.kill();
      standIns.kill();
    },
  };
  const stopping = stopOnSignal(all, output.warn);
  try {
    const env = { ...environmentFor(config), ...(await standIns.start()) };
    stopping.throwIfAborted();
    server = new DevServer(devOptions(config, env), output);
    // Until the first one has been shown.
    server.quiet = true;
    const running = await server.start();
    output.say(`ready: http://localhost:${running.ports.get('gateway')} · traces: ${running.tracesUrl}`);
    await showFirstRequest(running, stopping);
    server.quiet = config.quiet;
  } catch (error) {
    if (stopping.aborted) return;
    output.warn(error instanceof Error ? error.message : String(error));
    await all.stop(stopWithinMs);
    process.exit(1);
  }
}

function environmentFor({ faults, jaeger }: LocalConfig): NodeJS.ProcessEnv {
  const { OTEL_EXPORTER_JAEGER_ENDPOINT: _, ...others } = process.env;
  const collector = jaeger && { OTEL_EXPORTER_JAEGER_ENDPOINT: jaeger.endpoint };
  return { OTEL_TRACES_EXPORTER: 'jaeger', ...others, ...collector, FAULTS: faults };
}

function devOptions(config: LocalConfig, env: NodeJS.ProcessEnv): DevOptions {
  return {
    folder,
    env,
    ports: { query: config.queryPort, thrift: config.collectorPort, otlp: config.otlpPort },
    portOf: (_, name) => (name === 'gateway' ? config.gatewayPort : 0),
    variables: {
      function: portVariables.gatewayPort,
      query: portVariables.queryPort,
      thrift: portVariables.collectorPort,
      otlp: portVariables.otlpPort,
    },
    jaeger: config.jaeger,
  };
}

function configOrExit(): LocalConfig {
  try {
    const config = readLocalConfig(process.argv.slice(2), process.env);
    if (config !== 'help') return config;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usage}`);
      process.exit(2);
    }
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function showFirstRequest({ ports, report }: RunningDev, signal: AbortSignal): Promise<void> {
  const url = `http://127.0.0.1:${ports.get('gateway')}/all`;
  const reply = await request(url, signal).catch((error: Error) => error);
  if (signal.aborted) return;
  if (reply instanceof Error) return output.warn(`GET /all failed: ${reply.message}`);
  if (reply.traceId === undefined) output.warn('the response names no trace');
  await report.show({ method: 'GET', path: '/all', isTraced: false, ...reply });
}

await main();
