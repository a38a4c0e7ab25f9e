/** What the exercise's functions need beside them: Redis, the page, and a Redis primary that was lost. */
import type { Output } from '@traced-functions/traced/dev';
import type { LocalConfig } from './config.ts';
import { type Redis, startRedis } from './redis.ts';
import { startSearchPage } from './search-page.ts';
import { startSilentServer } from './silent-server.ts';

/** It may be stopped at any moment of its start. */
export class StandIns {
  readonly #config: LocalConfig;
  readonly #path: string;
  readonly #output: Output;
  readonly #closings: (() => Promise<void>)[] = [];
  #redis: Redis | undefined;
  #starting: Promise<unknown> = Promise.resolve();

  /** @param path where a redis-server is looked for */
  constructor(config: LocalConfig, path: string, output: Output) {
    this.#config = config;
    this.#path = path;
    this.#output = output;
  }

  /** @returns the variables by which the functions find them */
  start(): Promise<Record<string, string>> {
    const started = this.#start();
    this.#starting = started.catch(() => {});
    return started;
  }

  async stop(): Promise<void> {
    await this.#starting;
    await Promise.all(this.#closings.map(close => close()));
  }

  kill(): void {
    this.#redis?.kill();
  }

  async #start(): Promise<Record<string, string>> {
    const starting = [this.#startRedis(), this.#startUpstream(), this.#startLostRedis()] as const;
    // All, even if one fails, so that nothing is started later unnoticed.
    await Promise.allSettled(starting);
    const [REDIS_URL, UPSTREAM_URL, REDIS_LOST_URL] = await Promise.all(starting);
    return { REDIS_URL, UPSTREAM_URL, REDIS_LOST_URL };
  }

  async #startRedis(): Promise<string> {
    const redis = await startRedis(this.#config.redisUrl, this.#path, line => this.#output.warn(line));
    this.#redis = redis;
    this.#closings.push(() => redis.close());
    this.#output.say(`redis    ${redis.description}`);
    return redis.url;
  }

  async #startUpstream(): Promise<string> {
    if (this.#config.upstreamUrl !== undefined) return this.#config.upstreamUrl;
    const page = await startSearchPage();
    this.#closings.push(() => page.close());
    this.#output.say(`page     stand-in for the search page on ${page.port}`);
    return `http://127.0.0.1:${page.port}/search?q=python`;
  }

  async #startLostRedis(): Promise<string> {
    if (this.#config.redisLostUrl !== undefined) return this.#config.redisLostUrl;
    const silent = await startSilentServer();
    this.#closings.push(() => silent.close());
    return `redis://127.0.0.1:${silent.port}`;
  }
}
