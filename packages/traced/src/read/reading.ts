/** What all readers share while they read: where in the input they are, and what becomes of what cannot be read. */
import type { SetAside } from './set-aside.ts';
import { type JsonObject, object, TraceFormatError, wrongField } from './trace-format.ts';

export interface ReadingOptions {
  /** Takes what cannot be read; without it the first such thing is thrown. */
  setAside?: SetAside;
  /** Called with the length of each list before it is read; may throw. */
  count?: (what: string, items: number) => void;
}

/** The name of a list's field, and what each of its items is called: `{ name: 'spans', what: 'span' }`. */
export interface ListName {
  name: string;
  what: string;
}

export class Reading {
  readonly #setAside: SetAside | undefined;
  readonly #count: ReadingOptions['count'];
  /** The lists that are being read, from the outermost in, and the item that each of them is at, from 1. */
  readonly #lists: string[] = [];
  readonly #items: number[] = [];
  #depth = 0;

  constructor({ setAside, count }: ReadingOptions = {}) {
    this.#setAside = setAside;
    this.#count = count;
  }

  /** Reads the objects of a list that may be missing; what cannot be read is set aside or, where nothing is, thrown. */
  each<Item>(list: unknown, { name, what }: ListName, read: (item: JsonObject) => Item): Item[] {
    if (list === undefined || list === null) return [];
    if (Array.isArray(list)) return this.items(list, what, item => read(object(item)));
    this.#odd(what, wrongField(name, list, 'a list'));
    return [];
  }

  /** As `each`, of items that may be anything. */
  items<Item>(list: readonly unknown[], what: string, read: (item: unknown) => Item): Item[] {
    const items: Item[] = [];
    this.#count?.(what, list.length);
    const depth = this.#depth;
    this.#lists[depth] = what;
    for (let i = 0; i < list.length; i++) {
      this.#depth = depth + 1;
      this.#items[depth] = i + 1;
      try {
        items.push(read(list[i]));
      } catch (error) {
        this.#odd(what, error);
      }
    }
    this.#depth = depth;
    return items;
  }

  /** Reads one thing that has a number, as a line has. */
  at(what: string, number: number, read: () => void): void {
    const depth = this.#depth++;
    this.#lists[depth] = what;
    this.#items[depth] = number;
    try {
      read();
    } catch (error) {
      this.#odd(what, error);
    }
    this.#depth = depth;
  }

  /** Reads what its parent can do without; `otherwise` where it cannot be read and is set aside. */
  optional<Value>(what: string, read: () => Value, otherwise: Value): Value {
    const depth = this.#depth;
    try {
      return read();
    } catch (error) {
      this.#depth = depth;
      this.#odd(what, error);
      return otherwise;
    }
  }

  #odd(what: string, error: unknown): void {
    if (!(error instanceof TraceFormatError)) throw error;
    const placed = error.places.length > 0 ? error : new TraceFormatError(error.problem, this.#places());
    if (this.#setAside === undefined) throw placed;
    this.#setAside.add(what, placed);
  }

  #places(): string[] {
    return this.#lists.slice(0, this.#depth).map((what, depth) => `${what} ${this.#items[depth]}`);
  }
}
