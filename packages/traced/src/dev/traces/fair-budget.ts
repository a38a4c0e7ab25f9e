/** Memory that clients share, such that none of them can keep it from the others. */
import { HttpError } from './http-error.ts';

// Over loopback a body comes at hundreds of MiB a second. One that is slower than this is given up first.
const SLOW_BYTES_PER_MS = 256;
const SLOW_AFTER_MS = 1_000;

/** Bytes that all requests together may use at one time. */
export class FairBudget {
  readonly #limit: number;
  readonly #shares = new Set<Share>();
  #used = 0;

  constructor(bytes: number) {
    this.#limit = bytes;
  }

  /** One request's share, empty at first; it must be closed in the end. */
  open(): Share {
    const share: Share = new Share(change => {
      this.#used += change;
      this.#shares.add(share);
      if (share.bytes === 0) this.#shares.delete(share);
      if (change > 0) this.#makeRoom(share);
    });
    return share;
  }

  /** Revokes slow shares, then those that are larger than the one that asks, until all fit. Throws `HttpError` 503. */
  #makeRoom(asking: Share): void {
    while (this.#used > this.#limit) {
      const victim = this.#largest(asking, share => share.isSlow) ?? this.#largest(asking, () => true);
      if (victim === undefined || (!victim.isSlow && victim.bytes <= asking.bytes)) throw busy();
      victim.revoke();
    }
  }

  #largest(asking: Share, fits: (share: Share) => boolean): Share | undefined {
    let largest: Share | undefined;
    for (const share of this.#shares) {
      if (share === asking || !share.isRevocable || !fits(share)) continue;
      if (largest === undefined || share.bytes > largest.bytes) largest = share;
    }
    return largest;
  }
}

export class Share {
  readonly #openedAt = performance.now();
  readonly #changed: (change: number) => void;
  #onRevoke: ((error: HttpError) => void) | undefined;
  #isClosed = false;
  bytes = 0;
  /** Whether it waits for its client; what waits for this process is not called slow. */
  isTransferring = true;

  constructor(changed: (change: number) => void) {
    this.#changed = changed;
  }

  /** Throws `HttpError` 503 if there is no room, or the share was revoked; the share is empty then. */
  take(bytes: number): void {
    if (this.#isClosed) throw busy();
    this.bytes += bytes;
    try {
      this.#changed(bytes);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** While there is somebody to call, the memory may be given to others; what it was for must be let go of then. */
  onRevoke(call: ((error: HttpError) => void) | undefined): void {
    this.#onRevoke = call;
  }

  get isRevocable(): boolean {
    return this.#onRevoke !== undefined;
  }

  get isSlow(): boolean {
    if (!this.isTransferring) return false;
    const age = performance.now() - this.#openedAt;
    return age > SLOW_AFTER_MS && this.bytes / age < SLOW_BYTES_PER_MS;
  }

  revoke(): void {
    const call = this.#onRevoke;
    this.close();
    call?.(busy());
  }

  close(): void {
    this.#isClosed = true;
    this.#onRevoke = undefined;
    const { bytes } = this;
    this.bytes = 0;
    this.#changed(-bytes);
  }
}

export function busy(): HttpError {
  return new HttpError(503, 'too much is being sent at once; send again later', { 'Retry-After': '1' });
}
