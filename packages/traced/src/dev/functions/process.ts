import { type ChildProcess, spawn } from 'node:child_process';
import { FunctionLog, leastSeverity } from './log.ts';

export interface FunctionProcessOptions {
  name: string;
  /** What is run by this Node, with its arguments. */
  program: readonly string[];
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
  /** Takes what is worth a line on stderr. */
  show: (line: string) => void;
}

/** A process that has no request under way has so many ms to end. */
const endWithinMs = 10_000;
/** How long requests that are under way may keep a process that others have replaced, ms. */
const longestRequestMs = 60_000;

/**
 * One process of a function, from its start to its end. It is in a process group of its own, so that a terminal's Ctrl-C
 * reaches only us and functions end in order, and it has an IPC channel, by whose end it notices that we are gone.
 */
export class FunctionProcess {
  /** Resolves with the port when it listens; rejects if it ends before, with the reason and what it wrote last. */
  readonly ready: Promise<number>;
  /** How it ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #log: FunctionLog;
  readonly #name: string;
  /** What it shows before it listens: where it ends before, the reason has it. */
  #early: string[] | undefined = [];
  #requests = 0;
  #onIdle: (() => void) | undefined;
  #port: number | undefined;

  constructor({ name, program, env, show }: FunctionProcessOptions) {
    this.#name = name;
    this.#log = new FunctionLog(name, leastSeverity(env['LOG_LEVEL']), line => {
      if (this.#early === undefined) show(line);
      else this.#early.push(line);
    });
    this.#child = spawn(process.execPath, program, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env,
    });
    if (this.#child.stdout !== null) this.#log.follow(this.#child.stdout, 'INFO');
    if (this.#child.stderr !== null) this.#log.follow(this.#child.stderr, 'WARNING');
    this.ended = this.#end();
    this.ready = this.#listens(show);
    // Whoever stops it before it is ready may not be waiting for it.
    this.ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Of 127.0.0.1. */
  get port(): number {
    if (this.#port === undefined) throw new Error(`${this.#name} does not listen yet`);
    return this.#port;
  }

  /** Counts a request that is under way until the function that it returns is called. */
  begin(): () => void {
    this.#requests++;
    return () => {
      this.#requests--;
      if (this.#requests === 0) this.#onIdle?.();
    };
  }

  /** Lets the requests that are under way end, for a minute at most, and then stops it. */
  async retire(): Promise<void> {
    if (this.#requests > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      const timer = setTimeout(resolve, longestRequestMs);
      await Promise.race([promise, this.ended]);
      clearTimeout(timer);
    }
    await this.stop();
  }

  /** Asks it to end (SIGTERM), and waits until it has; it is killed after 10 s. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), endWithinMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends it at once (SIGKILL). */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #end(): Promise<string> {
    return new Promise(resolve => {
      // The error of a process that could not be started; `close` does not follow it in every case.
      this.#child.once('error', error => {
        if (this.#child.pid === undefined) resolve(error.message);
      });
      this.#child.once('close', (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
  }

  async #listens(show: (line: string) => void): Promise<number> {
    const listening = new Promise<number>(resolve => {
      this.#child.on('message', message => {
        if (isListening(message)) resolve(message.port);
      });
    });
    const ended = this.ended.then(how => {
      throw new Error(`${this.#name} ended before it listened (${how})${this.#log.lastError()}`);
    });
    this.#port = await Promise.race([listening, ended]);
    for (const line of this.#early ?? []) show(line);
    this.#early = undefined;
    return this.#port;
  }
}

function isListening(message: unknown): message is { port: number } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}
