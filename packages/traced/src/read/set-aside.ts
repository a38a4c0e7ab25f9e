/** What of an input could not be read and was left out: how much of each kind, and what was wrong with the first. */
import type { TraceFormatError } from './trace-format.ts';

interface Kind {
  count: number;
  /** The first problem, with its place. */
  first: string;
}

export class SetAside {
  readonly #kinds = new Map<string, Kind>();
  readonly #totals = new Map<string, number>();
  #first: TraceFormatError | undefined;

  /** @param what one of what it is: `span`, `tag`, `document` */
  add(what: string, error: TraceFormatError): void {
    this.#first ??= error;
    const kind = this.#kinds.get(what);
    if (kind === undefined) this.#kinds.set(what, { count: 1, first: error.message });
    else kind.count++;
  }

  /** Of this kind were read so many, besides those set aside. */
  addRead(what: string, count: number): void {
    this.#totals.set(what, (this.#totals.get(what) ?? 0) + count);
  }

  /** The problem that was met first; undefined where there was none. */
  get first(): TraceFormatError | undefined {
    return this.#first;
  }

  /** A sentence for each kind: `1 of 2,000 spans set aside: span 7: "startTime" is "abc", not a number`. */
  sentences(): string[] {
    return [...this.#kinds].map(([what, { count, first }]) => {
      const read = this.#totals.get(what);
      const isOne = (read ?? 0) + count === 1;
      const of = read === undefined ? '' : ` of ${number(read + count)}`;
      return `${number(count)}${of} ${what}${isOne ? '' : 's'} set aside${count === 1 ? '' : ', the first'}: ${first}`;
    });
  }
}

const number = (n: number): string => n.toLocaleString('en-US');
