import { setTimeout as pause } from 'node:timers/promises';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import { MetricReader, type MetricReaderOptions, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Reply } from './channel.ts';
import { log } from './log.ts';

/** A way to send metrics. */
export interface MetricChannel {
  options: MetricReaderOptions;
  /** Whether an export has only what came since the one before it, so that each of them matters. */
  isDelta: boolean;
  /** @returns what came of it; never rejects */
  send(metrics: ResourceMetrics): Promise<Reply>;
  close(): Promise<void>;
}

export interface PushLimits {
  intervalMs: number;
  /** One export's limit, with all its tries. */
  timeoutMs: number;
}

/** Before an export is tried again, in ms; doubles with each try, and the true pause is random, from half of it. */
const firstPauseMs = 500;
const longestPauseMs = 5_000;

/** Exports of deltas that are kept while the collector takes none. */
const mostUnsent = 20;

/** Sends metrics at intervals and at the end. That they are not taken is logged once, until they are again. */
export class PushReader extends MetricReader {
  /** Whether all that was collected has been taken. */
  isDelivered = true;
  readonly #channel: MetricChannel;
  readonly #limits: PushLimits;
  #unsent: ResourceMetrics[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #wake = new AbortController();
  #isFailing = false;

  constructor(channel: MetricChannel, limits: PushLimits) {
    super(channel.options);
    this.#channel = channel;
    this.#limits = limits;
  }

  protected override onInitialized(): void {
    this.#timer = setInterval(() => void this.#export(this.#limits.timeoutMs), this.#limits.intervalMs);
    this.#timer.unref();
  }

  /** Collects and sends; what is still under way from the interval before goes on instead. */
  #export(limitMs: number): Promise<void> {
    // Traced by nobody, and counted by no metric.
    this.#sending ??= context
      .with(suppressTracing(ROOT_CONTEXT), () => this.#collectAndSend(limitMs))
      .finally(() => {
        this.#sending = undefined;
      });
    return this.#sending;
  }

  async #collectAndSend(limitMs: number): Promise<void> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) log.warning('metrics could not be collected', { reason: String(errors[0]) });
    if (!this.#channel.isDelta) this.#unsent = [];
    if (resourceMetrics.scopeMetrics.length > 0) this.#unsent.push(resourceMetrics);
    if (this.#unsent.length > mostUnsent) this.#unsent.shift();
    const deadline = performance.now() + limitMs;
    let [next] = this.#unsent;
    while (next !== undefined && (await this.#send(next, deadline))) {
      this.#unsent.shift();
      [next] = this.#unsent;
    }
  }

  /** @returns whether it has been settled: taken, or refused for good */
  async #send(metrics: ResourceMetrics, deadline: number): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      const reply = await this.#channel.send(metrics);
      this.#note(reply);
      if (reply.kind !== 'again') return true;
      const own = Math.min(longestPauseMs, firstPauseMs * 2 ** tries) * (0.5 + Math.random() / 2);
      const pauseMs = Math.max(own, reply.afterMs ?? 0);
      if (performance.now() + pauseMs > deadline) return false;
      await pause(pauseMs, undefined, { ref: false, signal: this.#wake.signal }).catch(() => undefined);
    }
  }

  #note(reply: Reply): void {
    this.isDelivered = reply.kind === 'taken';
    if (this.isDelivered && this.#isFailing) log.info('the collector takes metrics again');
    if (!this.isDelivered && !this.#isFailing) {
      log.warning('the collector takes no metrics', { reason: 'reason' in reply ? reply.reason : undefined });
    }
    this.#isFailing = !this.isDelivered;
  }

  protected override onForceFlush(): Promise<void> {
    return this.#export(this.#limits.timeoutMs);
  }

  /** Sends what there is for the last time, for so many ms at most. */
  async stop(limitMs: number): Promise<void> {
    clearInterval(this.#timer);
    const timer = new AbortController();
    const late = pause(limitMs, false, { signal: timer.signal }).catch(() => false);
    const isInTime = await Promise.race([this.#exportLast(performance.now() + limitMs), late]);
    timer.abort();
    if (!isInTime) this.isDelivered = false;
    await this.#channel.close();
  }

  async #exportLast(deadline: number): Promise<true> {
    const underWay = this.#sending;
    // A pause between tries ends now.
    this.#wake.abort();
    this.#wake = new AbortController();
    await underWay;
    await this.#export(deadline - performance.now());
    return true;
  }

  protected override async onShutdown(): Promise<void> {}
}
