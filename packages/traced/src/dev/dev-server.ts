/** `traced dev`: the functions of a folder, a process each, with the trace store and the page beside them. */
import { existsSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DevError, named } from './dev-error.ts';
import { envFiles, functionUrls, processSettings, type SpanEndpoints, spanSettings } from './environment.ts';
import { type FoundFunction, findFunctions, isIn, sourceOf } from './functions/find.ts';
import type { Exchange } from './functions/front.ts';
import { DevFunction } from './functions/function.ts';
import { runtimeCommand } from './functions/runtime.ts';
import { FolderWatch } from './functions/watch.ts';
import { RequestReport } from './request-report.ts';
import { noteRunning } from './running.ts';
import { type Output, startTraces, type TracesOptions } from './trace-source.ts';

export interface DevOptions extends TracesOptions {
  folder: string;
  /** A function's port, 0 for any free one; `n` counts the functions. */
  portOf(n: number, name: string): number;
  /** What moves a port that is taken. */
  variables: Record<keyof TracesOptions['ports'] | 'function', string>;
  env: NodeJS.ProcessEnv;
  /** The function that a folder with one function registers. */
  target?: string | undefined;
  /** The first debugger's port; the functions' follow it. */
  inspect?: number | undefined;
}

/** Where the started parts are found. */
export interface RunningDev {
  ports: ReadonlyMap<string, number>;
  /** How many of them serve. */
  serving: number;
  /** The page and query API. */
  tracesUrl: string;
  report: RequestReport;
}

/** Of what stopping may take, for the requests that are under way, ms. */
const drainMs = 5_000;

export class DevServer {
  /** Requests are not printed while it is set. */
  quiet = false;
  readonly #options: DevOptions;
  readonly #folder: string;
  readonly #output: Output;
  readonly #functions = new Map<string, { found: FoundFunction; running: DevFunction }>();
  readonly #closings: (() => Promise<void>)[] = [];
  readonly #stopped = new AbortController();
  #endpoints: SpanEndpoints | undefined;
  #report: RequestReport | undefined;
  #watch: FolderWatch | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #forget = () => {};
  /** The last version of each function that was reported. */
  readonly #reported = new Map<string, number>();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DevOptions, output: Output) {
    this.#options = options;
    this.#folder = resolve(options.folder);
    this.#output = output;
  }

  /**
   * Resolves when every function serves or has said why it cannot.
   * @throws {DevError} where the folder has no functions or a port is taken
   */
  start(): Promise<RunningDev> {
    const started = this.#start();
    this.#starting = started.catch(() => {});
    return started;
  }

  /** Lets requests end, then the functions, and what they send their spans to last; after `withinMs` all is killed. */
  async stop(withinMs: number): Promise<void> {
    this.#beginStop();
    const deadline = pause(withinMs, undefined, { ref: false }).then(() => this.kill());
    await Promise.race([this.#stopInOrder(), deadline]);
  }

  /** Ends every process at once. */
  kill(): void {
    this.#beginStop();
    for (const { running } of this.#functions.values()) running.kill();
  }

  #beginStop(): void {
    this.#stopped.abort();
    this.#watch?.close();
    this.#forget();
    clearTimeout(this.#timer);
  }

  async #stopInOrder(): Promise<void> {
    const functions = [...this.#functions.values()].map(({ running }) => running);
    await Promise.race([
      Promise.all(functions.map(each => each.drain())),
      pause(drainMs, undefined, { ref: false }),
    ]);
    await Promise.all(functions.map(each => each.stop()));
    // A server may be about to be up.
    await this.#starting;
    await Promise.all([...this.#functions.values()].map(({ running }) => running.stop()));
    await Promise.all(this.#closings.map(close => close()));
  }

  async #start(): Promise<RunningDev> {
    const found = findFunctions(this.#folder);
    if (!existsSync(this.#folder)) throw new DevError(`${this.#options.folder}: no such folder`);
    if (found.length === 0) {
      throw new DevError(
        `no functions in ${this.#options.folder}: a function is a folder with index.ts or index.js, or with a ` +
          'package.json that has a "main"',
      );
    }
    const traces = await named(this.#options, startTraces(this.#options, this.#output));
    this.#closings.push(traces.close);
    const { endpoints, tracesUrl, readTrace } = traces;
    this.#endpoints = endpoints;
    const { say, warn } = this.#output;
    this.#report = new RequestReport({ say, warn, readTrace, tracesUrl, signal: this.#stopped.signal });
    for (const each of found) await named(this.#options, this.#add(each));
    this.#stopped.signal.throwIfAborted();
    this.#watch = this.#watchFolder();
    const added = [...this.#functions.values()].map(({ running }) => running);
    for (const each of added) each.change();
    await Promise.all(added.map(each => this.#announce(each)));
    this.#stopped.signal.throwIfAborted();
    this.#note();
    const serving = added.filter(({ failure }) => failure === undefined).length;
    return { ports: this.#ports(), serving, tracesUrl, report: this.#report };
  }

  /** For `traced dev send`. */
  #note(): void {
    this.#forget();
    this.#forget = noteRunning({
      pid: process.pid,
      folder: this.#folder,
      ports: Object.fromEntries(this.#ports()),
    });
  }

  #ports = (): Map<string, number> =>
    new Map([...this.#functions].map(([name, { running }]) => [name, running.port]));

  async #announce(running: DevFunction): Promise<void> {
    await running.settled();
    if (this.#stopped.signal.aborted) return;
    const { name, failure, port } = running;
    if (failure !== undefined) this.#output.warn(failure);
    else this.#output.say(`function ${name.padEnd(7)} on ${port}`);
  }

  async #add(found: FoundFunction, port?: number): Promise<DevFunction> {
    const n = this.#functions.size;
    const running = new DevFunction({
      name: found.name,
      command: () => this.#command(found, n),
      oneAtATime: this.#options.inspect !== undefined,
      show: line => this.#output.warn(line),
      onResponse: exchange => this.#onResponse(exchange),
    });
    this.#functions.set(found.name, { found, running });
    await running.listen(port ?? this.#options.portOf(n, found.name));
    return running;
  }

  #command(found: FoundFunction, n: number): { program: string[]; env: NodeJS.ProcessEnv } {
    const { target, source, signatureType } = sourceOf(found);
    const { inspect } = this.#options;
    const own = { ...envFiles(this.#folder, found.folder), ...this.#options.env };
    const isOnly = this.#functions.size === 1;
    const env = {
      ...(this.#endpoints && spanSettings(this.#endpoints)),
      ...functionUrls(this.#ports(), own),
      ...own,
      ...(signatureType === undefined ? {} : { FUNCTION_SIGNATURE_TYPE: signatureType }),
      ...processSettings,
      FUNCTION_TARGET: (isOnly ? this.#options.target : undefined) ?? target,
      FUNCTION_SOURCE: source,
    };
    const debug = inspect === undefined ? [] : [`--inspect=127.0.0.1:${inspect + n}`];
    return { program: ['--enable-source-maps', ...debug, runtimeCommand(found.folder)], env };
  }

  #onResponse(exchange: Exchange): void {
    // What functions ask one another is in the trace of the request that they do it for.
    if (this.quiet || exchange.isTraced || this.#stopped.signal.aborted) return;
    void this.#report?.show(exchange);
  }

  #watchFolder(): FolderWatch {
    const failed = (error: Error) =>
      this.#output.warn(`changes in ${this.#folder} are not all seen: ${error.message}`);
    return new FolderWatch(this.#folder, path => this.#onChange(path), failed);
  }

  #onChange(path: string): void {
    const owners = [...this.#functions.values()].filter(({ found }) => isIn(path, found.folder));
    // What is in no function's folder may be imported by each.
    const changed = owners.length > 0 ? owners : [...this.#functions.values()];
    for (const { running } of changed) running.change();
    const isFirst = this.#changed.size === 0;
    for (const { running } of changed) this.#changed.add(running.name);
    if (isFirst) this.#timer = setTimeout(() => void this.#afterChange(path), lookAfterMs);
  }

  /** Looks for functions that have come or gone, and says when those that changed serve again. */
  async #afterChange(path: string): Promise<void> {
    const began = performance.now() - lookAfterMs;
    const names = [...this.#changed];
    this.#changed = new Set();
    await this.#lookForFunctions();
    const file = relative(this.#folder, path) || basename(path);
    await Promise.all(names.map(name => this.#reportChange(name, file, began)));
  }

  async #reportChange(name: string, file: string, began: number): Promise<void> {
    const running = this.#functions.get(name)?.running;
    await running?.settled();
    if (running === undefined || this.#stopped.signal.aborted) return;
    const { version, failure } = running;
    if (this.#reported.get(name) === version) return;
    this.#reported.set(name, version);
    const took = Math.round(performance.now() - began);
    if (failure === undefined) this.#output.say(`${name} serves ${file} after ${took} ms`);
    else this.#output.warn(failure);
  }

  async #lookForFunctions(): Promise<void> {
    const found = findFunctions(this.#folder);
    const folders = new Set(found.map(({ folder }) => folder));
    for (const { found: known, running } of this.#functions.values()) {
      if (!folders.has(known.folder)) running.remove();
    }
    const added = found.filter(({ name }) => !this.#functions.has(name));
    if (added.length === 0) return;
    for (const each of added) {
      const running = await this.#add(each, 0);
      running.change();
      void this.#announce(running);
    }
    this.#note();
    // They are told where the new one is.
    for (const { running } of this.#functions.values()) running.change();
  }
}

/** Changes come in groups, as of a folder that is deleted or copied: ms after the first. */
const lookAfterMs = 30;
