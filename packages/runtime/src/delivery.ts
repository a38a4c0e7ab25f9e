import { setTimeout as pause } from 'node:timers/promises';
import { context, ROOT_CONTEXT, TraceFlags } from '@opentelemetry/api';
import { getNumberFromEnv, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import { Backlog, type Piece } from './backlog.ts';
import type { Channel, Reply } from './channel.ts';
import { Drops } from './drops.ts';
import { log } from './log.ts';

export interface DeliveryLimits {
  /** A batch is sent when so many spans wait, or when the oldest has waited so long. */
  batchSpans: number;
  delayMs: number;
  /** What may wait; the oldest goes when it gets more. */
  waitingSpans: number;
  waitingBytes: number;
  /** The pause after a failed try, which doubles with each up to the longest; the true one is random, from half of it. */
  firstPauseMs: number;
  longestPauseMs: number;
}

/** The longest that a collector can have us wait by Retry-After. */
const longestRetryAfterMs = 60_000;

/** While the process ends there is no time for longer ones. */
const longestLastPauseMs = 1_000;

/** Encoded at once: few enough to hold no request up. */
const pieceSpans = 32;

/** OpenTelemetry's own settings and defaults for batches; its 2,048 spans are a bound here only if they are asked for. */
export const deliveryLimits = (): DeliveryLimits => ({
  batchSpans: getNumberFromEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE') ?? 512,
  delayMs: getNumberFromEnv('OTEL_BSP_SCHEDULE_DELAY') ?? 5_000,
  waitingSpans: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE') ?? Number.POSITIVE_INFINITY,
  // About 20,000 spans, the last minutes of a function that is not very busy.
  waitingBytes: 8 * 1024 * 1024,
  firstPauseMs: 100,
  longestPauseMs: 5_000,
});

const flushLimitMs = (): number => getNumberFromEnv('OTEL_BSP_EXPORT_TIMEOUT') ?? 30_000;

/**
 * Delivers spans: they are encoded as they end, wait encoded, in bounded memory, and leave in batches, one after the
 * other. What the collector does not take is sent again until it does or newer spans need the room; all that is dropped
 * is counted and logged by its reason.
 */
export class Delivery implements SpanProcessor {
  /** Sampled spans that have ended. */
  ended = 0;
  /** Those that the collector has taken. */
  delivered = 0;
  readonly #load: () => Promise<Channel>;
  readonly #limits: DeliveryLimits;
  readonly #backlog: Backlog<unknown>;
  readonly #drops = new Drops();
  /** Few enough that a small queue holds some of them. */
  readonly #pieceSpans: number;
  #fresh: ReadableSpan[] = [];
  #channel: Channel | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isEncodingSoon = false;
  /** All that waits is sent, even if it is less than a batch. */
  #isDue = false;
  #isEnding = false;
  #isGivenUp = false;
  #sending: Promise<void> | undefined;
  /** The pieces of a batch: fewer once the collector has found one too large, until nothing waits. */
  #mostPieces = Number.POSITIVE_INFINITY;
  #failures = 0;
  #failingSince = 0;
  /** While there is a pause between tries: ends it. */
  #wake: AbortController | undefined;

  /** @param load called when the first spans are to be sent */
  constructor(load: () => Promise<Channel>, limits = deliveryLimits()) {
    this.#load = load;
    // More than the queue holds would never be full.
    this.#limits = { ...limits, batchSpans: Math.min(limits.batchSpans, limits.waitingSpans) };
    this.#pieceSpans = Math.max(1, Math.min(pieceSpans, Math.ceil(limits.waitingSpans / 4)));
    this.#backlog = new Backlog(limits.waitingSpans, limits.waitingBytes);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.ended++;
    if (this.#isGivenUp) {
      this.#drops.add('they ended after the exporter', 1);
      return;
    }
    this.#fresh.push(span);
    if (this.#fresh.length >= this.#pieceSpans) this.#encodeSoon();
    this.#sendLater();
  }

  #sendLater(): void {
    if (this.#sending !== undefined) return;
    this.#timer ??= setTimeout(() => this.#sendAll(), this.#limits.delayMs).unref();
  }

  #encodeSoon(): void {
    if (this.#isEncodingSoon) return;
    this.#isEncodingSoon = true;
    setImmediate(() => {
      this.#isEncodingSoon = false;
      if (this.#channel !== undefined) this.#encode(this.#channel, this.#pieceSpans);
      if (this.#waiting >= this.#limits.batchSpans) this.#startSending();
    });
  }

  /** Encodes what has ended since, but for a rest of less than so many. */
  #encode(channel: Channel, least: number): void {
    while (this.#fresh.length >= Math.max(1, least)) {
      const spans = this.#fresh.splice(0, this.#pieceSpans);
      try {
        const content = channel.encode(spans);
        const dropped = this.#backlog.add({ content, spans: spans.length, bytes: channel.size(content) });
        this.#drops.add('more waited than there is room for', dropped);
      } catch (error) {
        this.#drops.add(`they could not be encoded: ${messageOf(error)}`, spans.length);
      }
    }
  }

  #sendAll(): Promise<void> {
    this.#isDue = true;
    return this.#startSending();
  }

  #startSending(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Out of the request in which the last span has ended, and traced by nobody.
    this.#sending ??= context
      .with(suppressTracing(ROOT_CONTEXT), () => this.#sendWaiting())
      .finally(() => {
        this.#sending = undefined;
        if (this.#waiting > 0 && !this.#isEnding) this.#sendLater();
      });
    return this.#sending;
  }

  get #waiting(): number {
    return this.#fresh.length + this.#backlog.spans;
  }

  async #sendWaiting(): Promise<void> {
    const channel = await this.#loaded();
    while (channel !== undefined && !this.#isGivenUp) {
      this.#encode(channel, this.#isDue ? 1 : this.#pieceSpans);
      const { spans } = this.#backlog;
      if (spans === 0) {
        this.#isDue = false;
        this.#mostPieces = Number.POSITIVE_INFINITY;
      }
      if (spans === 0 || (!this.#isDue && spans < this.#limits.batchSpans)) return;
      const batch = this.#backlog.take(this.#limits.batchSpans, this.#mostPieces);
      await this.#settle(await this.#sendBatch(channel, batch), batch.length);
    }
  }

  /** @returns undefined where it cannot be had, and what was to be sent is dropped */
  async #loaded(): Promise<Channel | undefined> {
    try {
      this.#channel ??= await this.#load();
    } catch (error) {
      this.#drops.add(`the exporter cannot be used: ${messageOf(error)}`, this.#fresh.splice(0).length);
    }
    return this.#channel;
  }

  #sendBatch(channel: Channel, batch: readonly Piece<unknown>[]): Promise<Reply> {
    const spans = batch.reduce((sum, piece) => sum + piece.spans, 0);
    return channel.send(
      batch.map(({ content }) => content),
      spans,
    );
  }

  async #settle(reply: Reply, pieces: number): Promise<void> {
    if (reply.kind === 'again') {
      await this.#waitAfter(reply);
      return;
    }
    if (reply.kind === 'too-large' && pieces > 1) {
      this.#mostPieces = Math.floor(pieces / 2);
      return;
    }
    const spans = this.#backlog.sent();
    const refused = reply.kind === 'taken' ? 0 : Math.min(spans, ('spans' in reply && reply.spans) || spans);
    if (reply.kind !== 'taken') this.#drops.add(reply.reason, refused);
    this.delivered += spans - refused;
    if (this.#failures > 0) {
      const milliseconds = Math.round(performance.now() - this.#failingSince);
      log.info('the collector takes spans again', { milliseconds, tries: this.#failures + 1 });
    }
    this.#failures = 0;
  }

  async #waitAfter({ reason, afterMs = 0 }: Extract<Reply, { kind: 'again' }>): Promise<void> {
    if (this.#failures === 0) {
      this.#failingSince = performance.now();
      log.warning('the collector takes no spans: they wait', { reason });
    }
    const { firstPauseMs, longestPauseMs } = this.#limits;
    const own = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    const asked = Math.min(longestRetryAfterMs, afterMs);
    // Those that were told the same time do not all come back in the same moment.
    const wanted = Math.max(own, asked + (asked > 0 ? own : 0));
    await this.#pause(this.#isEnding ? Math.min(wanted, longestLastPauseMs) : wanted);
  }

  async #pause(milliseconds: number): Promise<void> {
    this.#wake = new AbortController();
    // While it serves, its server keeps the process there, not this.
    const options = { signal: this.#wake.signal, ref: this.#isEnding };
    await pause(milliseconds, undefined, options).catch(() => undefined);
    this.#wake = undefined;
  }

  /** Sends all that waits, at once, and waits until the collector has it, for so many ms at most. */
  async forceFlush(limitMs = flushLimitMs()): Promise<void> {
    const timer = new AbortController();
    const late = pause(limitMs, undefined, { signal: timer.signal }).catch(() => undefined);
    this.#wake?.abort();
    const flushed = this.#flush(timer.signal);
    await Promise.race([flushed, late]);
    timer.abort();
  }

  async #flush(late: AbortSignal): Promise<void> {
    while (this.#waiting > 0 && !late.aborted) await this.#sendAll();
    await this.#sending;
  }

  /** Flushes for so many ms at most, and lets go of the exporter; what is left then is dropped. */
  async stop(limitMs: number): Promise<void> {
    this.#isEnding = true;
    await this.forceFlush(limitMs);
    this.#isGivenUp = true;
    this.#wake?.abort();
    this.#drops.add('they were not delivered before the end', this.#waiting);
    this.#drops.write();
    await this.#channel?.close();
  }

  async shutdown(): Promise<void> {
    if (!this.#isGivenUp) await this.stop(0);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
