import { setTimeout as pause } from 'node:timers/promises';
import { type Problems, shown } from '../problem.ts';
import { type Markers, Random } from './random.ts';

/** A good request among the hostile ones. */
export interface CanaryAnswer {
  /** All that was answered. */
  text: string;
  /** What is wrong with it; undefined where it is as it should be. */
  wrong: string | undefined;
}

export type AskCanary = (random: Random, marker: string) => Promise<CanaryAnswer>;

const everyMs = 20;
/** However busy the machine is. */
const withinMs = 10_000;

/** Asks good requests one after the other on connections of their own, until it is stopped. */
export class Canary {
  readonly #ask: AskCanary;
  readonly #markers: Markers;
  readonly #problems: Problems;
  readonly #random: Random;
  readonly #done: Promise<void>;
  #going = true;
  asked = 0;
  slowestMs = 0;

  constructor(ask: AskCanary, seed: string, markers: Markers, problems: Problems) {
    this.#ask = ask;
    this.#random = new Random(`${seed}/canary`);
    this.#markers = markers;
    this.#problems = problems;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#going) {
      await this.#one();
      await pause(everyMs);
    }
  }

  async #one(): Promise<void> {
    const marker = this.#markers.issue(this.#random);
    const began = performance.now();
    const name = `good request ${++this.asked}`;
    try {
      const { text, wrong } = await this.#ask(this.#random, marker);
      const foreign = this.#markers.foreignIn(text, marker);
      if (foreign.length > 0)
        this.#problems.add('a good request got what is another’s', `${name}: ${shown(text)}`);
      if (wrong !== undefined) this.#problems.add('a good request was answered wrongly', `${name}: ${wrong}`);
    } catch (error) {
      this.#problems.add('a good request was not answered', `${name}: ${error}`);
    }
    const ms = performance.now() - began;
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (ms > withinMs)
      this.#problems.add('a good request was answered late', `${name}: ${Math.round(ms)} ms`);
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
  }
}
