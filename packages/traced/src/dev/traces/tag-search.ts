/** Searches spans for tags, in time linear in the tags that there are. */
import { type Process, type Span, type Tag, tagText } from '../../read/span.ts';

/** Keys of the tags that are looked for, where they have been found. */
type Found = ReadonlySet<string>;

/** Whether all tags that a query names are on one span: among its own, its process's, or its logs' fields. */
export class TagSearch {
  readonly #wanted: ReadonlyMap<string, string>;
  // Spans share their process, so its tags are looked through once and not for each of them.
  readonly #inProcess = new Map<Process, Found>();

  constructor(wanted: ReadonlyMap<string, string>) {
    this.#wanted = wanted;
  }

  fits(span: Span): boolean {
    if (this.#wanted.size === 0) return true;
    let inProcess = this.#inProcess.get(span.process);
    if (inProcess === undefined) {
      inProcess = this.#search(span.process.tags, new Set());
      this.#inProcess.set(span.process, inProcess);
    }
    const found = this.#search(span.tags, new Set(inProcess));
    for (const { fields } of span.logs) this.#search(fields, found);
    return found.size === this.#wanted.size;
  }

  #search(tags: readonly Tag[], found: Set<string>): Set<string> {
    for (const tag of tags) {
      const wanted = this.#wanted.get(tag.key);
      if (wanted !== undefined && tagText(tag) === wanted) found.add(tag.key);
    }
    return found;
  }
}
