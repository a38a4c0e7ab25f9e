import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../packages/runtime/src/node-options.ts';
import { FunctionLog, leastSeverity } from './function-log.ts';

export interface FunctionProcessOptions {
  /** The function's folder under functions/, and its FUNCTION_TARGET. */
  name: string;
  port: number;
  /** The whole environment, without FUNCTION_TARGET, HOST and PORT. */
  env: NodeJS.ProcessEnv;
  /** Takes what is worth a line on stderr. */
  show: (line: string) => void;
  /** The program to run, the runtime unless given. */
  program?: string;
  restart?: RestartPolicy;
}

export interface RestartPolicy {
  /** The first pause before a restart, in ms; each further one is twice as long. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** After so long without an end the pause is the first one again. */
  healthyAfterMs: number;
  /** How many times it may end before it has listened once, before it counts as broken. */
  attempts: number;
}

const usualPolicy: RestartPolicy = {
  firstPauseMs: 100,
  longestPauseMs: 5_000,
  healthyAfterMs: 10_000,
  attempts: 4,
};

const functions = fileURLToPath(new URL('../functions', import.meta.url));
const runtime = fileURLToPath(new URL('../packages/runtime/src/main.ts', import.meta.url));

/**
 * One function as a process of its own, started again on the same port whenever it ends. It is in a process group of
 * its own, so that a terminal's Ctrl-C reaches only us and the functions end in order, and it has an IPC channel, by
 * whose end it notices that we are gone.
 */
export class FunctionProcess {
  readonly name: string;
  readonly port: number;
  /** Settles when the function listens for the first time; rejects if it can't, with what it wrote last. */
  readonly ready: Promise<void>;
  readonly #options: FunctionProcessOptions;
  readonly #policy: RestartPolicy;
  readonly #log: FunctionLog;
  readonly #readiness = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs: number;
  #failedStarts = 0;
  #hasListened = false;
  #stopping = false;

  constructor(options: FunctionProcessOptions) {
    this.name = options.name;
    this.port = options.port;
    this.#options = options;
    this.#policy = options.restart ?? usualPolicy;
    this.#pauseMs = this.#policy.firstPauseMs;
    this.#log = new FunctionLog(options.name, leastSeverity(options.env['LOG_LEVEL']), options.show);
    this.ready = this.#readiness.promise;
    // Whoever stops it before it is ready may not be waiting for it.
    this.ready.catch(() => {});
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Asks it to end (SIGTERM) and waits until it has; it isn't started again. */
  async stop(): Promise<void> {
    this.#beginStop();
    this.#child?.kill('SIGTERM');
    await this.#ended;
  }

  /** Ends it at once (SIGKILL). */
  kill(): void {
    this.#beginStop();
    this.#child?.kill('SIGKILL');
  }

  #beginStop(): void {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#readiness.reject(new Error(`${this.name} was stopped before it listened`));
  }

  #start(): void {
    const child = spawn(process.execPath, [...nodeOptions, this.#options.program ?? runtime], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...this.#options.env,
        FUNCTION_TARGET: this.name,
        FUNCTION_SOURCE: join(functions, this.name, 'index.ts'),
        HOST: '127.0.0.1',
        PORT: String(this.port),
      },
    });
    this.#child = child;
    if (child.stdout !== null) this.#log.follow(child.stdout, 'INFO');
    if (child.stderr !== null) this.#log.follow(child.stderr, 'WARNING');
    child.on('message', message => {
      if (isListening(message)) this.#onListening();
    });
    this.#ended = new Promise(resolve => {
      // The error of a process that could not be started; `close` does not follow it in every case.
      child.once('error', error => {
        if (child.pid === undefined) resolve(this.#onEnd(error.message));
      });
      child.once('close', (code, signal) => resolve(this.#onEnd(signal ?? `exit status ${code}`)));
    });
  }

  #onListening(): void {
    this.#hasListened = true;
    this.#readiness.resolve();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#pauseMs = this.#policy.firstPauseMs;
    }, this.#policy.healthyAfterMs);
    this.#timer.unref();
  }

  #onEnd(how: string): void {
    this.#child = undefined;
    clearTimeout(this.#timer);
    if (this.#stopping) return;
    if (!this.#hasListened) {
      this.#failedStarts += 1;
      if (this.#failedStarts >= this.#policy.attempts) {
        const last = this.#log.lastLines.map(line => `\n  ${line}`).join('');
        this.#readiness.reject(
          new Error(`${this.name} can't start (${how}); its last lines:${last || ' none'}`),
        );
        return;
      }
    }
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, this.#policy.longestPauseMs);
    if (this.#hasListened)
      this.#options.show(`${this.name} ended (${how}); starting it again in ${pauseMs} ms`);
    this.#timer = setTimeout(() => this.#start(), pauseMs);
  }
}

function isListening(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'listening';
}
