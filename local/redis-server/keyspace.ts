interface Entry {
  value: string;
  /** Milliseconds since the epoch. */
  expiresAt: number | undefined;
  /** Grows with every new key, so that a SCAN can go on where it stopped. */
  sequence: number;
}

// What an entry costs beside its bytes: the Map's slot, the object and two string headers, roughly.
const entryOverheadBytes = 128;

/** One numbered database: strings with an optional expiry. Keys and values are latin1 strings, a byte each. */
export class Keyspace {
  readonly #entries = new Map<string, Entry>();
  #sequence = 0;
  #bytes = 0;

  /** Bytes held, estimated. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    this.#dropExpired();
    return this.#entries.size;
  }

  get expiring(): number {
    return [...this.#entries.values()].filter(entry => entry.expiresAt !== undefined).length;
  }

  get(key: string): string | null {
    return this.#live(key)?.value ?? null;
  }

  has(key: string): boolean {
    return this.#live(key) !== undefined;
  }

  /** Milliseconds since the epoch, undefined for a key that stays, null for one that isn't there. */
  expiresAt(key: string): number | undefined | null {
    const entry = this.#live(key);
    return entry === undefined ? null : entry.expiresAt;
  }

  set(key: string, value: string, expiresAt?: number): void {
    const old = this.#live(key);
    if (old === undefined) {
      this.#sequence += 1;
      this.#entries.set(key, { value, expiresAt, sequence: this.#sequence });
      this.#bytes += key.length + value.length + entryOverheadBytes;
    } else {
      this.#bytes += value.length - old.value.length;
      old.value = value;
      old.expiresAt = expiresAt;
    }
  }

  /** Does nothing for a key that isn't there. */
  expire(key: string, expiresAt: number): void {
    const entry = this.#live(key);
    if (entry !== undefined) entry.expiresAt = expiresAt;
  }

  delete(key: string): boolean {
    const entry = this.#live(key);
    if (entry === undefined) return false;
    this.#drop(key, entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  keys(): string[] {
    this.#dropExpired();
    return [...this.#entries.keys()];
  }

  /** Up to `count` keys after `cursor`, oldest first, and the cursor to go on from: 0 at the end. */
  scan(cursor: number, count: number): { cursor: number; keys: string[] } {
    this.#dropExpired();
    const keys: string[] = [];
    let last = 0;
    for (const [key, entry] of this.#entries) {
      if (entry.sequence <= cursor) continue;
      if (keys.length === count) return { cursor: last, keys };
      keys.push(key);
      last = entry.sequence;
    }
    return { cursor: 0, keys };
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > Date.now()) return entry;
    this.#drop(key, entry);
    return undefined;
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= key.length + entry.value.length + entryOverheadBytes;
  }

  #dropExpired(): void {
    const now = Date.now();
    for (const [key, entry] of this.#entries) {
      if (entry.expiresAt !== undefined && entry.expiresAt <= now) this.#drop(key, entry);
    }
  }
}
