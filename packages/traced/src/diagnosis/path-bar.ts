/** A span's bar on the trace's time axis, which shows where the span holds the clock. */
import type { PathSection } from './critical-path.ts';
import type { SpanRow } from './span-rows.ts';
import type { Paint } from './terminal-colors.ts';
import type { SpanNode } from './tree.ts';

/** What the bars of a waterfall have in common. */
export interface Axis {
  columns: number;
  /** µs that all columns stand for. */
  duration: number;
  /** The sections of the critical path that each span holds. */
  sections: ReadonlyMap<SpanNode, readonly PathSection[]>;
}

/** Told apart without colour: held for most of a column or not, and the same for what is shorter than half of one. */
const glyphs = { long: { held: '█', free: '░' }, short: { held: '▌', free: '▏' } };

/** At least one column, and no blanks at its end. */
export function drawBar(row: SpanRow, { columns, duration, sections }: Axis, paint: Paint): string {
  // Divided first: of a duration next to nothing there may be no such thing as a column's part.
  const columnsOf = (time: number) => (duration > 0 ? (time / duration) * columns : 0);
  const from = Math.min(columns - 1, Math.floor(columnsOf(row.start)));
  const length = Math.min(columns - from, Math.round(columnsOf(row.end - row.start)));
  const glyph = length > 0 || columns === 1 ? glyphs.long : glyphs.short;
  const isHeld = heldCells(row, Math.max(1, length), sections);
  let bar = ' '.repeat(from);
  for (let cell = 0; cell < isHeld.length; ) {
    const next = isHeld.indexOf(isHeld[cell] !== true, cell);
    const cells = (next === -1 ? isHeld.length : next) - cell;
    bar += isHeld[cell] ? paint(glyph.held.repeat(cells), 'cyan') : paint(glyph.free.repeat(cells), 'dim');
    cell += cells;
  }
  return bar;
}

/** Of each cell of a bar, whether the row's spans are on the critical path for at least half of it. */
function heldCells({ nodes, start, end }: SpanRow, cells: number, sections: Axis['sections']): boolean[] {
  const held = new Array<number>(cells).fill(0);
  const cellsUntil = (time: number) => (end > start ? ((time - start) / (end - start)) * cells : 0);
  for (const section of nodes.flatMap(node => sections.get(node) ?? [])) {
    const [from, to] = [cellsUntil(section.start), cellsUntil(section.end)];
    for (let cell = Math.max(0, Math.floor(from)); cell < Math.min(cells, to); cell++) {
      held[cell] = (held[cell] ?? 0) + Math.max(0, Math.min(to, cell + 1) - Math.max(from, cell));
    }
  }
  return held.map(share => share >= 0.5);
}
