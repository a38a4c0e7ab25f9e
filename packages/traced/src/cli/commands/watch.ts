/** `traced watch`: new traces as they come. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Diagnosis } from '../../diagnosis/diagnose.ts';
import { diagnosisJson } from '../../diagnosis/json.ts';
import { buildTree } from '../../diagnosis/tree.ts';
import { Arrivals } from '../arrivals.ts';
import { InputError } from '../input-error.ts';
import { type Jaeger, JaegerError } from '../jaeger.ts';
import { checkNames, jaegerOf, type SearchOptions, searchOf, serviceOf } from '../search.ts';
import { print, say } from '../terminal.ts';
import { Watched, watchLine } from '../watch-line.ts';

interface WatchOptions extends SearchOptions {
  /** µs */
  every: number;
  json?: true;
}

/** A trace's spans may come long after it began, and the clocks of its hosts differ: µs. */
const lookBack = 120e6;
/** Of each answer; a person cannot read more at a time. */
const mostTraces = 50;
const longestPauseMs = 30_000;

/** Never ends by itself: what goes wrong on the way is said once, and tried again. */
export async function run(options: WatchOptions): Promise<void> {
  const jaeger = jaegerOf(options);
  const service = await serviceOf(jaeger, options);
  const watch = new Watch(jaeger, { ...options, service, since: lookBack, last: mostTraces });
  for (;;) await pause(await watch.round());
}

class Watch {
  readonly #jaeger: Jaeger;
  readonly #options: WatchOptions & { service: string };
  readonly #everyMs: number;
  readonly #arrivals: Arrivals;
  readonly #watched = new Watched();
  readonly #said = new Set<string>();
  #pauseMs: number;
  #state: 'starting' | 'watching' | 'away' = 'starting';
  #hasBegun = false;

  constructor(jaeger: Jaeger, options: WatchOptions & { service: string }) {
    this.#jaeger = jaeger;
    this.#options = options;
    this.#everyMs = options.every / 1e3;
    this.#pauseMs = this.#everyMs;
    this.#arrivals = new Arrivals(2 * this.#everyMs);
  }

  /** Asks once; returns after how many ms to ask again. */
  async round(): Promise<number> {
    try {
      await this.#ask();
      this.#pauseMs = this.#everyMs;
      this.#enter('watching');
    } catch (error) {
      if (!(error instanceof JaegerError)) throw error;
      this.#pauseMs = Math.min(longestPauseMs, 2 * this.#pauseMs);
      this.#enter('away', error.message);
    }
    return this.#pauseMs;
  }

  async #ask(): Promise<void> {
    const search = searchOf(this.#options, this.#options.service);
    const traces = await this.#jaeger.traces(search);
    const now = performance.now();
    if (!this.#hasBegun) {
      this.#arrivals.begin(traces, now);
      for (const trace of traces) this.#watched.add(buildTree(trace));
      this.#hasBegun = true;
      if (traces.length === 0) await checkNames(this.#jaeger, search).catch(error => this.#sayUnknown(error));
      return;
    }
    if (traces.length === mostTraces && this.#arrivals.areAllNew(traces)) {
      this.#sayOnce(`more than ${mostTraces} new traces at a time: only the latest ${mostTraces} are shown`);
    }
    for (const trace of this.#arrivals.take(traces, now)) this.#print(this.#watched.diagnose(trace));
  }

  #print(diagnosis: Diagnosis): void {
    const columns = process.stdout.isTTY ? process.stdout.columns || 80 : undefined;
    const line =
      this.#options.json === true ? JSON.stringify(diagnosisJson(diagnosis)) : watchLine(diagnosis, columns);
    print(`${line}\n`);
  }

  /** It may come to be, as everything does that has sent no trace yet. */
  #sayUnknown(error: unknown): void {
    if (!(error instanceof InputError) || error instanceof JaegerError) throw error;
    this.#sayOnce(`${error.message}; waiting for it`);
  }

  #sayOnce(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    say(text);
  }

  #enter(state: 'watching' | 'away', reason = ''): void {
    if (state === this.#state) return;
    if (state === 'away') say(`${reason}; trying again`);
    else if (this.#state === 'away') say(`${this.#jaeger.address} responds again`);
    else say(`watching ${this.#options.service} at ${this.#jaeger.address}`);
    this.#state = state;
  }
}
