import { setTimeout as pause } from 'node:timers/promises';
import type { JaegerTrace } from '@traced-functions/traced';
import { startTraceBackend } from '@traced-functions/traced/dev';
import { ConfigError, type LocalConfig, type PortName, portVariables } from './config.ts';
import { FunctionProcess } from './function-process.ts';
import { readJaegerTrace } from './jaeger-trace.ts';
import { freePorts } from './listen.ts';
import { type Redis, startRedis } from './redis.ts';
import { startSearchPage } from './search-page.ts';
import { startSilentServer } from './silent-server.ts';

/** Where the started parts are found. */
export interface RunningStack {
  gatewayPort: number;
  /** The page and query API. */
  tracesUrl: string;
  /** The spans of a trace that have arrived so far. */
  readTrace(traceId: string): Promise<JaegerTrace | undefined>;
}

/** Takes the lines that tell how the start goes, and those for stderr. */
export interface Output {
  say(line: string): void;
  warn(line: string): void;
}

interface Addresses {
  collectorEndpoint: string;
  otlpEndpoint: string | undefined;
  redisUrl: string;
  redisLostUrl: string;
  upstreamUrl: string;
}

const functionNames = ['gateway', 'root', 'alpha', 'beta', 'redis'] as const;
type FunctionName = (typeof functionNames)[number];

/** All that `npm start` runs. It may be stopped at any moment of its start. */
export class Stack {
  readonly #config: LocalConfig;
  readonly #env: NodeJS.ProcessEnv;
  readonly #output: Output;
  readonly #functions: FunctionProcess[] = [];
  readonly #servers: (() => Promise<void>)[] = [];
  readonly #stopped = new AbortController();
  #redis: Redis | undefined;
  #starting: Promise<unknown> = Promise.resolve();

  constructor(config: LocalConfig, env: NodeJS.ProcessEnv, output: Output) {
    this.#config = config;
    this.#env = env;
    this.#output = output;
  }

  /**
   * @throws {ConfigError} for a port that is taken
   * @throws {Error} if a part can't start, or after `stop`; what was started by then is for `stop` to end
   */
  start(): Promise<RunningStack> {
    const started = this.#start();
    this.#starting = started.catch(() => {});
    return started;
  }

  /**
   * Ends the gateway first, so that nothing more is asked of the others, then the other functions, and what they send
   * their spans to last. What has not ended after `withinMs` is killed.
   */
  async stop(withinMs: number): Promise<void> {
    this.#stopped.abort();
    const deadline = pause(withinMs, undefined, { ref: false }).then(() => this.kill());
    await Promise.race([this.#stopInOrder(), deadline]);
  }

  /** Ends every process at once. */
  kill(): void {
    this.#stopped.abort();
    for (const each of this.#functions) each.kill();
    this.#redis?.kill();
  }

  async #stopInOrder(): Promise<void> {
    await this.#functions.find(each => each.name === 'gateway')?.stop();
    await Promise.all(this.#functions.map(each => each.stop()));
    // A server may be about to be up.
    await this.#starting;
    await Promise.all(this.#servers.map(close => close()));
  }

  async #start(): Promise<RunningStack> {
    // Only a check: a taken port should be named before anything is started.
    await this.#named(freePorts({ gateway: this.#config.gatewayPort }));
    const [traces, addresses] = await this.#startServers();
    this.#stopped.signal.throwIfAborted();
    const { gatewayPort } = this.#config;
    const ports = await this.#named(
      freePorts({ gateway: gatewayPort, root: 0, alpha: 0, beta: 0, redis: 0 }),
    );
    this.#stopped.signal.throwIfAborted();
    await this.#startFunctions(ports, addresses);
    return { gatewayPort: ports.gateway, ...traces };
  }

  async #startServers(): Promise<[Omit<RunningStack, 'gatewayPort'>, Addresses]> {
    const [traces, redis, upstreamUrl, redisLostUrl] = await allOrFirstError([
      this.#named(this.#startTraces()),
      this.#startRedis(),
      this.#startUpstream(),
      this.#startLostRedis(),
    ]);
    const { collectorEndpoint, otlpEndpoint, ...reading } = traces;
    return [reading, { collectorEndpoint, otlpEndpoint, redisUrl: redis.url, upstreamUrl, redisLostUrl }];
  }

  async #startTraces() {
    const { jaeger, collectorPort, otlpPort, queryPort } = this.#config;
    if (jaeger !== undefined) {
      this.#output.say(`traces   Jaeger at ${jaeger.url}`);
      return {
        tracesUrl: jaeger.url,
        collectorEndpoint: jaeger.endpoint,
        otlpEndpoint: undefined,
        readTrace: (traceId: string) => readJaegerTrace(jaeger.url, traceId),
      };
    }
    const log = (message: string, fields?: Record<string, unknown>) =>
      this.#output.warn(
        `traces   ${message} ${fields === undefined ? '' : JSON.stringify(fields)}`.trimEnd(),
      );
    const backend = await startTraceBackend({ collectorPort, otlpPort, queryPort, log });
    this.#servers.push(() => backend.close());
    this.#output.say(
      `traces   thrift on ${backend.collectorPort}, OTLP on ${backend.otlpPort}, query API on ${backend.queryPort}`,
    );
    return {
      tracesUrl: `http://localhost:${backend.queryPort}`,
      collectorEndpoint: `http://127.0.0.1:${backend.collectorPort}/api/traces`,
      otlpEndpoint: `http://127.0.0.1:${backend.otlpPort}`,
      readTrace: async (traceId: string) => backend.store.trace(traceId),
    };
  }

  async #startRedis(): Promise<Redis> {
    const warn = (line: string) => this.#output.warn(line);
    const redis = await startRedis(this.#config.redisUrl, this.#env['PATH'] ?? '', warn);
    this.#redis = redis;
    this.#servers.push(() => redis.close());
    this.#output.say(`redis    ${redis.description}`);
    return redis;
  }

  async #startUpstream(): Promise<string> {
    if (this.#config.upstreamUrl !== undefined) return this.#config.upstreamUrl;
    const page = await startSearchPage();
    this.#servers.push(() => page.close());
    this.#output.say(`page     stand-in for the search page on ${page.port}`);
    return `http://127.0.0.1:${page.port}/search?q=python`;
  }

  async #startLostRedis(): Promise<string> {
    if (this.#config.redisLostUrl !== undefined) return this.#config.redisLostUrl;
    const silent = await startSilentServer();
    this.#servers.push(() => silent.close());
    return `redis://127.0.0.1:${silent.port}`;
  }

  async #startFunctions(ports: Readonly<Record<FunctionName, number>>, addresses: Addresses): Promise<void> {
    const env = functionEnvironment(this.#env, this.#config, ports, addresses);
    const show = (line: string) => this.#output.warn(line);
    for (const name of functionNames) {
      this.#functions.push(new FunctionProcess({ name, port: ports[name], env, show }));
    }
    await Promise.all(
      this.#functions.map(async each => {
        await each.ready;
        this.#output.say(`function ${each.name.padEnd(7)} on ${each.port}`);
      }),
    );
  }

  /** Turns "this port is taken" into an error that says which variable moves it. */
  async #named<T>(starting: Promise<T>): Promise<T> {
    try {
      return await starting;
    } catch (error) {
      const { code, port } = error as NodeJS.ErrnoException & { port?: number };
      const name = (Object.keys(portVariables) as PortName[]).find(key => this.#config[key] === port);
      if (name === undefined || (code !== 'EADDRINUSE' && code !== 'EACCES')) throw error;
      const trouble = code === 'EADDRINUSE' ? 'is taken' : 'is not allowed';
      const variable = portVariables[name];
      throw new ConfigError(
        `port ${port} ${trouble}; set ${variable} to another one (0 for any that is free)`,
      );
    }
  }
}

/** Waits for all, even if one fails, so that nothing is started later unnoticed. */
async function allOrFirstError<T extends readonly unknown[]>(
  starting: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(starting);
  return (await Promise.all(starting)) as unknown as T;
}

function functionEnvironment(
  env: NodeJS.ProcessEnv,
  config: LocalConfig,
  ports: Readonly<Record<FunctionName, number>>,
  addresses: Addresses,
): NodeJS.ProcessEnv {
  const at = (name: FunctionName) => `http://127.0.0.1:${ports[name]}`;
  return {
    // Short, so that a trace is whole soon after its request; a user's own value wins.
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OTEL_TRACES_EXPORTER: 'jaeger',
    ...(addresses.otlpEndpoint === undefined ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: addresses.otlpEndpoint }),
    ...env,
    FAULTS: config.faults,
    ROOT_URL: at('root'),
    ALPHA_URL: at('alpha'),
    BETA_URL: at('beta'),
    REDIS_FUNCTION_URL: at('redis'),
    UPSTREAM_URL: addresses.upstreamUrl,
    REDIS_URL: addresses.redisUrl,
    REDIS_LOST_URL: addresses.redisLostUrl,
    OTEL_EXPORTER_JAEGER_ENDPOINT: addresses.collectorEndpoint,
    SHUTDOWN_TIMEOUT_MS: '8000',
    // Nobody but us sends requests here, so there is no router to wait for.
    LAME_DUCK_MS: '0',
  };
}
