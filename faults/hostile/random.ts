import { createHash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed, by sfc32 (Chris Doty-Humphrey's PractRand). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    const digest = createHash('sha256').update(seed).digest();
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A whole number from 0 to less than `end`. */
  below(end: number): number {
    return Math.floor((this.next() / 2 ** 32) * end);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  /** @throws if there is nothing to choose from */
  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('there is nothing to choose from');
    return items[this.below(items.length)] as Item;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(this.next(), at);
    return bytes.subarray(0, length);
  }

  /** So many hexadecimal digits in lower case. */
  hex(digits: number): string {
    return this.bytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits);
  }
}

const markPrefix = 'feedc0de';
const markPattern = /feedc0de[0-9a-f]{24}/gi;

/**
 * A mark for each request: 32 hexadecimal digits, so that it can be the trace's id as well as a word in a path, a header
 * or a body. An answer that has the mark of a request that it does not belong to is the fault that is looked for.
 */
export class Markers {
  readonly #issued = new Set<string>();

  /** One that was never given before. */
  issue(random: Random): string {
    const marker = markPrefix + random.hex(24);
    this.#issued.add(marker);
    return marker;
  }

  /** The marks in a text that were given to others; what was damaged on its way is nobody's. */
  foreignIn(text: string, own: string): string[] {
    const found = text.match(markPattern) ?? [];
    return found.map(each => each.toLowerCase()).filter(each => this.#issued.has(each) && each !== own);
  }
}
