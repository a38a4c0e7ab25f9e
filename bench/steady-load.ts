/**
 * Requests at a constant rate. Each is sent when it is due, on a new connection if all others are busy, whatever
 * became of the ones before: so no wait of a slow server is left out, which is what a fixed number of connections does
 * (coordinated omission). autocannon's own rate sends a second's requests at once at the second's beginning.
 */
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { quantileOfSorted } from './statistics.ts';

export interface SteadyResult {
  sent: number;
  /** Whole answers with 200. */
  answered: number;
  failed: number;
  /** From sending to the answer's end, of the answered ones, ascending, in ms. */
  latencies: Float64Array;
  /** How late requests were sent, at the 99th percentile, in ms: large if the sender had too little time. */
  lagMs: number;
}

/** Waits for one answer to its end. @returns whether it was whole and 200 */
function ask(url: string, agent: http.Agent): Promise<boolean> {
  return new Promise(resolve => {
    const fail = () => resolve(false);
    const onAnswer = (answer: http.IncomingMessage) => {
      answer.on('error', fail).resume();
      answer.on('end', () => resolve(answer.statusCode === 200 && answer.complete));
    };
    http.get(url, { agent }, onAnswer).on('error', fail);
  });
}

class SteadyLoad {
  readonly #urlOf: (index: number) => string;
  readonly #agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_024 });
  readonly #latencies: Float64Array;
  readonly #lags: Float64Array;
  #sent = 0;
  #answered = 0;
  #failed = 0;
  #drained = Promise.withResolvers<void>();

  constructor(urlOf: (index: number) => string, count: number) {
    this.#urlOf = urlOf;
    this.#latencies = new Float64Array(count);
    this.#lags = new Float64Array(count);
  }

  async #sendOne(dueAt: number): Promise<void> {
    const began = performance.now();
    this.#lags[this.#sent] = began - dueAt;
    const answered = await ask(this.#urlOf(this.#sent++), this.#agent);
    if (answered) this.#latencies[this.#answered++] = performance.now() - began;
    else this.#failed++;
    if (this.#answered + this.#failed === this.#lags.length) this.#drained.resolve();
  }

  /** @param intervalMs from one request to the next */
  async run(intervalMs: number): Promise<SteadyResult> {
    const began = performance.now();
    while (this.#sent < this.#lags.length) {
      const dueAt = began + this.#sent * intervalMs;
      if (dueAt <= performance.now()) void this.#sendOne(dueAt);
      else await pause(1);
    }
    if (this.#sent > 0) await this.#drained.promise;
    this.#agent.destroy();
    return {
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#failed,
      latencies: this.#latencies.subarray(0, this.#answered).sort(),
      lagMs: quantileOfSorted(this.#lags.sort(), 0.99),
    };
  }
}

/**
 * Sends and waits for all answers.
 * @param url told the number of each request, for a mixture of paths
 * @param rate requests a second
 */
export function steadyLoad(
  url: string | ((index: number) => string),
  rate: number,
  seconds: number,
): Promise<SteadyResult> {
  const urlOf = typeof url === 'string' ? () => url : url;
  return new SteadyLoad(urlOf, Math.round(rate * seconds)).run(1_000 / rate);
}
