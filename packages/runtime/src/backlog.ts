/** Spans that ended close to one another, encoded. */
export interface Piece<Content> {
  content: Content;
  spans: number;
  /** What is kept in memory for it. */
  bytes: number;
}

/** Pieces that wait to be sent, the oldest first, within two bounds. */
export class Backlog<Content> {
  readonly #pieces: Piece<Content>[] = [];
  readonly #mostSpans: number;
  readonly #mostBytes: number;
  #beingSent = 0;
  #bytes = 0;
  spans = 0;

  constructor(mostSpans: number, mostBytes: number) {
    this.#mostSpans = mostSpans;
    this.#mostBytes = mostBytes;
  }

  /**
   * Puts a piece behind the others; what is too much goes from the front, but for what is being sent.
   * @returns how many spans had to go
   */
  add(piece: Piece<Content>): number {
    this.#pieces.push(piece);
    this.#bytes += piece.bytes;
    this.spans += piece.spans;
    let dropped = 0;
    while (this.#isTooMuch() && this.#pieces.length > this.#beingSent)
      dropped += this.#remove(this.#beingSent, 1);
    return dropped;
  }

  #isTooMuch(): boolean {
    return this.#bytes > this.#mostBytes || this.spans > this.#mostSpans;
  }

  /** The oldest pieces, of about so many spans in all, but at least one and at most `most`; they stay until `sent`. */
  take(spans: number, most = Number.POSITIVE_INFINITY): Piece<Content>[] {
    let taken = 0;
    let count = 0;
    while ((count === 0 || taken < spans) && count < Math.min(most, this.#pieces.length))
      taken += this.#pieces[count++]?.spans ?? 0;
    this.#beingSent = count;
    return this.#pieces.slice(0, count);
  }

  /** Removes what was taken last. @returns how many spans that were */
  sent(): number {
    const spans = this.#remove(0, this.#beingSent);
    this.#beingSent = 0;
    return spans;
  }

  #remove(at: number, count: number): number {
    let spans = 0;
    for (const piece of this.#pieces.splice(at, count)) {
      this.#bytes -= piece.bytes;
      spans += piece.spans;
    }
    this.spans -= spans;
    return spans;
  }
}
