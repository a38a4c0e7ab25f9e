/** One function of the dev server: its port, and the process that serves it, a new one at every change. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Exchange, Front, type Serving } from './front.ts';
import { FunctionProcess, type FunctionProcessOptions } from './process.ts';

export interface DevFunctionOptions {
  name: string;
  /** What to run: read anew for each process. @throws Error where it cannot be run */
  command(): Pick<FunctionProcessOptions, 'program' | 'env'>;
  /** Stops the process before its successor starts: a debugger's port is for one of them. */
  oneAtATime?: boolean;
  /** Takes what is worth a line on stderr. */
  show(line: string): void;
  onResponse(exchange: Exchange): void;
  restart?: RestartPolicy;
}

export interface RestartPolicy {
  /** The first pause before a process that ended by itself is started again, ms; each further one is twice as long. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** After so long without an end the pause is the first one again, ms. */
  healthyAfterMs: number;
}

const usualPolicy: RestartPolicy = { firstPauseMs: 100, longestPauseMs: 5_000, healthyAfterMs: 10_000 };
/** An editor may write a file in several steps: ms after the last one. */
const settleMs = 15;
/** How long a request waits for a process that is starting, ms. */
const patienceMs = 10_000;

type Outcome = FunctionProcess | { status: 404 | 500; reason: string };

export class DevFunction {
  readonly name: string;
  readonly #options: DevFunctionOptions;
  readonly #policy: RestartPolicy;
  readonly #front: Front;
  /** All that have not ended, replaced ones too. */
  readonly #processes = new Set<FunctionProcess>();
  #outcome: Outcome | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #newest: FunctionProcess | undefined;
  #turn = 0;
  #version = 0;
  #pauseMs: number;
  #stopping = false;
  #port = 0;

  constructor(options: DevFunctionOptions) {
    this.name = options.name;
    this.#options = options;
    this.#policy = options.restart ?? usualPolicy;
    this.#pauseMs = this.#policy.firstPauseMs;
    const onResponse = (exchange: Exchange) => options.onResponse(exchange);
    this.#front = new Front({ serving: () => this.#serving(), onResponse });
  }

  /** Where it is called. */
  get port(): number {
    return this.#port;
  }

  /** The process that serves now, if one does. */
  get pid(): number | undefined {
    return this.#outcome instanceof FunctionProcess ? this.#outcome.pid : undefined;
  }

  /** Counts its processes, and whatever else took the place of one. */
  get version(): number {
    return this.#version;
  }

  /** Why it cannot serve, if so. */
  get failure(): string | undefined {
    return this.#outcome !== undefined && 'reason' in this.#outcome ? this.#outcome.reason : undefined;
  }

  /** @throws the socket's error, such as EADDRINUSE */
  async listen(port: number): Promise<void> {
    this.#port = await this.#front.listen(port);
  }

  /** Starts a process in place of the one that is there; requests wait for it from now on. */
  change(): void {
    if (this.#stopping) return;
    this.#turn++;
    this.#starting ??= Promise.withResolvers();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#start(this.#turn), settleMs);
  }

  /** Ends its process; its port says that there is no such function any more. */
  remove(): void {
    this.#turn++;
    clearTimeout(this.#timer);
    this.#settle({ status: 404, reason: `${this.name}: the function's folder was deleted` });
  }

  /** Resolves when nothing of it is starting. */
  async settled(): Promise<void> {
    while (this.#starting !== undefined) await this.#starting.promise;
  }

  drain(): Promise<void> {
    return this.#front.drain();
  }

  async stop(): Promise<void> {
    this.#beginStop();
    await Promise.all([...this.#processes].map(each => each.stop()));
    await this.#front.close();
  }

  /** Ends its processes at once. */
  kill(): void {
    this.#beginStop();
    for (const each of this.#processes) each.kill();
  }

  #beginStop(): void {
    this.#stopping = true;
    this.#turn++;
    clearTimeout(this.#timer);
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  async #serving(): Promise<Serving> {
    const timer = new AbortController();
    const late = pause(patienceMs, true, { signal: timer.signal, ref: false }).catch(() => true);
    const isLate = await Promise.race([this.settled().then(() => false), late]);
    timer.abort();
    if (isLate) return { status: 503, reason: `${this.name} is still starting` };
    return this.#outcome ?? { status: 503, reason: `${this.name} is not running` };
  }

  async #start(turn: number): Promise<void> {
    // One that was starting has nothing to lose.
    if (this.#newest !== undefined && this.#newest !== this.#outcome) this.#newest.kill();
    if (this.#options.oneAtATime && this.#outcome instanceof FunctionProcess) {
      await Promise.race([this.#outcome.stop(), pause(1_000)]);
      this.#outcome.kill();
      if (turn !== this.#turn) return;
    }
    const outcome = await this.#launch();
    if (turn === this.#turn) this.#settle(outcome);
    else if (outcome instanceof FunctionProcess) outcome.kill();
  }

  async #launch(): Promise<Outcome> {
    try {
      const launched = new FunctionProcess({ ...this.#options, ...this.#options.command() });
      this.#newest = launched;
      this.#processes.add(launched);
      void launched.ended.then(how => this.#onEnd(launched, how));
      await launched.ready;
      return launched;
    } catch (error) {
      return { status: 500, reason: (error as Error).message };
    }
  }

  /** What serves from now on; what served before ends when its requests have. */
  #settle(outcome: Outcome): void {
    const before = this.#outcome;
    this.#outcome = outcome;
    this.#version++;
    if (before instanceof FunctionProcess) void before.retire();
    const starting = this.#starting;
    this.#starting = undefined;
    starting?.resolve();
    if (!(outcome instanceof FunctionProcess)) return;
    const timer = setTimeout(() => {
      this.#pauseMs = this.#policy.firstPauseMs;
    }, this.#policy.healthyAfterMs);
    timer.unref();
    void outcome.ended.then(() => clearTimeout(timer));
  }

  #onEnd(ended: FunctionProcess, how: string): void {
    this.#processes.delete(ended);
    if (ended !== this.#outcome || this.#stopping || this.#starting !== undefined) return;
    this.#outcome = undefined;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, this.#policy.longestPauseMs);
    this.#options.show(`${this.name} ended (${how}); starting it again in ${pauseMs} ms`);
    this.#starting = Promise.withResolvers();
    const turn = ++this.#turn;
    this.#timer = setTimeout(() => void this.#start(turn), pauseMs);
  }
}
