/** Stretches of a span's time that would not be there, taken once where several findings name the same. */
import type { PathSection } from './critical-path.ts';
import type { SpanNode } from './tree.ts';

interface Stretch {
  start: number;
  end: number;
  /** µs of the stretches before this one. */
  before: number;
}

export class IdleTime {
  readonly #stretches: Stretch[] = [];

  /** @param sections in any order, of one span; they may overlap */
  constructor(sections: readonly PathSection[]) {
    for (const { start, end } of [...sections].sort((a, b) => a.start - b.start)) {
      const last = this.#stretches.at(-1);
      if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
      else if (end > start) this.#stretches.push({ start, end, before: this.before(start) });
    }
  }

  /** µs of idle time up to a moment, which is in µs since the tree's start. */
  before(time: number): number {
    let from = 0;
    let to = this.#stretches.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#stretches[middle] as Stretch).start < time) from = middle + 1;
      else to = middle;
    }
    const stretch = this.#stretches[from - 1];
    return stretch === undefined ? 0 : stretch.before + Math.min(time, stretch.end) - stretch.start;
  }
}

/** The idle time of each span that has any. */
export function idleTimes(sections: readonly PathSection[]): Map<SpanNode, IdleTime> {
  const bySpan = new Map<SpanNode, PathSection[]>();
  for (const section of sections) {
    const own = bySpan.get(section.node);
    if (own === undefined) bySpan.set(section.node, [section]);
    else own.push(section);
  }
  return new Map([...bySpan].map(([node, own]) => [node, new IdleTime(own)]));
}
