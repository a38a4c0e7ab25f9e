import { log } from './log.ts';

/** How long reasons are gathered for one line each, in ms. */
const everyMs = 10_000;

/** Counts spans that are dropped, by reason, and logs them. */
export class Drops {
  total = 0;
  #byReason = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  add(reason: string, spans: number): void {
    if (spans === 0) return;
    this.total += spans;
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + spans);
    this.#timer ??= setTimeout(() => this.write(), everyMs).unref();
  }

  /** Logs what has not been logged yet. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [reason, count] of this.#byReason)
      log.warning('spans dropped', { count, reason, dropped_so_far: this.total });
    this.#byReason.clear();
  }
}
