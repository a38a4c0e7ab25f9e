/** Hostile requests to one port, many connections at a time, with good requests among them. */

import { Problems } from '../problem.ts';
import type { Outcome } from '../scenario.ts';
import type { Answer } from './answers.ts';
import { type AskCanary, Canary } from './canary.ts';
import { exchange } from './connection.ts';
import { judge } from './judge.ts';
import { isAlive, level, settle, type Watched } from './memory.ts';
import { Markers, Random } from './random.ts';
import { type Dialect, makeVolley, type Part } from './requests/volley.ts';

/** A port and what is known of it. */
export interface Attacked {
  name: string;
  port: number;
  dialect: Dialect;
  /** That may be answered to requests of this kind. */
  statuses: ReadonlySet<number>;
  /** What is wrong with the answer to a kept part, besides what is wrong with any. */
  verify?(part: Part, answer: Answer): string | undefined;
  canary: AskCanary;
  /** Those whose memory is looked at, and that must be there to the end. */
  processes: readonly Watched[];
  /** How much more memory, in MiB, may be needed in the end; what `settle` has for it if it is not there. */
  slack?: number;
  /** What none of them may ever need, in MiB. */
  mostMemory: number;
  /** At a time. */
  connections: number;
  /** Looks, when all is over, at what became of what was sent. @returns what is wrong */
  afterwards?(seed: string): Promise<string[]>;
}

export interface Course {
  seed: string;
  /** Mutated requests, at least. */
  requests: number;
}

/** How much of it comes before the memory is measured for the first time. */
const warmUp = 0.5;

class Attack {
  readonly #attacked: Attacked;
  readonly #course: Course;
  readonly #markers = new Markers();
  readonly #problems = new Problems();
  #connections = 0;
  #requests = 0;
  #answered = 0;

  constructor(attacked: Attacked, course: Course) {
    this.#attacked = attacked;
    this.#course = course;
  }

  async run(): Promise<Outcome> {
    const { canary: ask, processes, slack, mostMemory, afterwards } = this.#attacked;
    const { seed, requests } = this.#course;
    const canary = new Canary(ask, seed, this.#markers, this.#problems);
    await this.#send(requests * warmUp);
    const before = await level(processes);
    await this.#send(requests);
    await canary.stop();
    const problems = processes.every(isAlive) ? [] : ['a process under test has ended'];
    const { grown, peak, back } = await settle(processes, before, slack);
    if (peak > mostMemory) problems.push(`${peak.toFixed(0)} MiB were needed at one time`);
    if (!back) problems.push(`${grown.toFixed(1)} MiB more are needed than before`);
    const seen = [
      `${this.#connections.toLocaleString('en')} connections`,
      `${canary.asked} good requests, the slowest ${Math.round(canary.slowestMs)} ms`,
      `memory ${grown < 0 ? '' : '+'}${grown.toFixed(1)} MiB, at most ${peak.toFixed(0)} MiB`,
    ].join('; ');
    const found = [...problems, ...this.#problems.list(), ...((await afterwards?.(seed)) ?? [])];
    return { requests: this.#requests, answered: this.#answered, whole: undefined, seen, problems: found };
  }

  /** Sends until there have been so many requests in all. */
  async #send(until: number): Promise<void> {
    const work = async () => {
      while (this.#requests < until && this.#attacked.processes.every(isAlive)) await this.#one();
    };
    await Promise.all(Array.from({ length: this.#attacked.connections }, work));
  }

  async #one(): Promise<void> {
    const { name, port, dialect } = this.#attacked;
    const number = ++this.#connections;
    const volley = makeVolley(dialect, new Random(`${this.#course.seed}/${name}/${number}`), this.#markers);
    this.#requests += volley.parts.length;
    const { good, problems } = judge(this.#attacked, volley, await exchange(port, volley), this.#markers);
    this.#answered += good;
    for (const { kind, detail } of problems) this.#problems.add(kind, `on connection ${number}: ${detail}`);
  }
}

/** Sends hostile requests to one port, and looks at all that comes back and at what becomes of the process. */
export const attack = (attacked: Attacked, course: Course): Promise<Outcome> =>
  new Attack(attacked, course).run();
