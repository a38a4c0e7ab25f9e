/** What went wrong, counted by its kind, with the first of each told in full. */
export class Problems {
  readonly #byKind = new Map<string, { count: number; first: string }>();

  add(kind: string, first: string): void {
    const known = this.#byKind.get(kind);
    if (known === undefined) this.#byKind.set(kind, { count: 1, first });
    else known.count++;
  }

  /** A line for each kind. */
  lines(): string[] {
    return [...this.#byKind].map(([kind, { count, first }]) => `${count} × ${kind}, first ${first}`);
  }
}

/** Bytes as they can be shown in one line, of bounded length. */
export function shown(text: string, most = 160): string {
  const line = JSON.stringify(text.slice(0, most));
  return text.length > most ? `${line}… (${text.length} bytes)` : line;
}
