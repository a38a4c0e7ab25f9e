/** Has documents decoded in a worker, the smallest first, each within its time. */
import { Worker } from 'node:worker_threads';
import type { Process, Span } from '../../read/span.ts';
import type { Document } from './decode.ts';
import type { Reply } from './decode-worker.ts';
import { busy, type Share } from './fair-budget.ts';
import { HttpError } from './http-error.ts';

/** The largest documents need a second of an idle machine; a busy one may take several times as long. */
const DEFAULT_WITHIN_MS = 10_000;
const MAX_QUEUED = 1_024;
// What a worker needed for documents of more bytes than this it keeps, so it is ended when it is idle.
const LARGE_BYTES = 65_536;
const IDLE_MS = 2_000;
/** The worker's heap, in MiB: twice what the largest documents need, since V8 may end the process where it is short. */
const MAX_HEAP_MIB = 768;

export interface DecoderOptions {
  /** How long one document may take, in ms; default 10,000. */
  withinMs?: number;
  /** The worker's program; for tests. */
  program?: URL;
  log?: (message: string, fields?: Record<string, unknown>) => void;
}

interface Job {
  document: Document;
  share: Share;
  spans: Span[];
  processes: Process[];
  resolve(spans: Span[]): void;
  reject(error: Error): void;
}

/** In the package it is beside the file that this one is in. */
const worker = new URL(`./decode-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

export class Decoder {
  readonly #withinMs: number;
  readonly #program: URL;
  readonly #log: NonNullable<DecoderOptions['log']>;
  readonly #queue = new Set<Job>();
  #worker: Worker | undefined;
  #isReady = false;
  #active: Job | undefined;
  #timer: NodeJS.Timeout | undefined;
  #givenUp = 0;
  #hasGrown = false;

  constructor(options: DecoderOptions = {}) {
    this.#withinMs = options.withinMs ?? DEFAULT_WITHIN_MS;
    this.#program = options.program ?? worker;
    this.#log = options.log ?? (() => {});
  }

  /** How many documents took too long or too much memory since the start. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /** Starts the worker unless it runs, so that it starts while the first document is received. */
  start(): void {
    if (this.#worker !== undefined) return;
    const worker = new Worker(this.#program, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB } });
    // It alone is no reason for the process to go on.
    worker.unref();
    this.#worker = worker;
    this.#isReady = false;
    const own = (act: () => void) => () => {
      if (this.#worker === worker) act();
    };
    worker.on('message', (reply: Reply) => own(() => this.#onReply(reply))());
    worker.on(
      'error',
      own(() => this.#giveUp('needs too much memory')),
    );
    worker.on(
      'exit',
      own(() => this.#giveUp('could not be read')),
    );
  }

  /**
   * The spans of a document. While it waits, its share may be revoked. Throws `HttpError` 400 or 413 for what is no
   * good document or takes too long, 503 where too many wait.
   */
  decode(document: Document, share: Share): Promise<Span[]> {
    return new Promise((resolve, reject) => {
      if (this.#queue.size >= MAX_QUEUED) return reject(busy());
      const job: Job = { document, share, spans: [], processes: [], resolve, reject };
      this.#queue.add(job);
      share.onRevoke(error => {
        this.#queue.delete(job);
        reject(error);
      });
      this.#next();
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const job of this.#queue) job.reject(busy());
    this.#queue.clear();
    this.#finish()?.reject(busy());
    await worker?.terminate();
  }

  #next(): void {
    if (this.#active !== undefined) return;
    let smallest: Job | undefined;
    for (const job of this.#queue) {
      if (smallest === undefined || job.document.body.length < smallest.document.body.length) smallest = job;
    }
    if (smallest === undefined) {
      this.#endWhenIdle();
      return;
    }
    this.#queue.delete(smallest);
    this.#active = smallest;
    clearTimeout(this.#timer);
    if (smallest.document.body.length > LARGE_BYTES) this.#hasGrown = true;
    smallest.share.onRevoke(undefined);
    this.start();
    this.#worker?.postMessage(smallest.document);
    if (this.#isReady) this.#startTimer();
  }

  #endWhenIdle(): void {
    if (!this.#hasGrown) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#endWorker(), IDLE_MS);
    this.#timer.unref();
  }

  #endWorker(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
    this.#hasGrown = false;
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(`takes longer than ${this.#withinMs} ms`), this.#withinMs);
  }

  #onReply(reply: Reply): void {
    if (reply === 'ready') {
      this.#isReady = true;
      if (this.#active !== undefined) this.#startTimer();
      return;
    }
    if ('status' in reply) {
      this.#finish()?.reject(new HttpError(reply.status, reply.message));
      this.#next();
      return;
    }
    const job = this.#active;
    if (job === undefined) return;
    for (const process of reply.processes) job.processes.push(process);
    for (const span of reply.spans) {
      const process = job.processes[span.process];
      if (process !== undefined) job.spans.push({ ...span, process });
    }
    if (reply.isLast) {
      this.#finish()?.resolve(job.spans);
      this.#next();
    } else {
      this.#startTimer();
      this.#worker?.postMessage('next');
    }
  }

  #finish(): Job | undefined {
    const job = this.#active;
    clearTimeout(this.#timer);
    this.#active = undefined;
    return job;
  }

  /** Ends the worker, whatever it does; the next document gets another one. */
  #giveUp(why: string): void {
    this.#endWorker();
    const job = this.#finish();
    if (job !== undefined) {
      this.#givenUp++;
      const { format, body } = job.document;
      this.#log(`a document was refused: it ${why}`, { format, bytes: body.length, refused: this.#givenUp });
      job.reject(new HttpError(400, `the body ${why}; send smaller batches`));
    }
    this.#next();
  }
}
