import type { RefObject } from 'preact';
import type { TraceState } from './trace-state.ts';

const page = 15;

/** The keys of a tree grid's rows, as the ARIA practices have them. */
export function rowKey(
  event: KeyboardEvent,
  state: TraceState,
  focusRow: RefObject<(key: string) => void>,
): void {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const { rows } = state;
  const index = rows.indexOfKey(state.active);
  const row = rows.all[index];
  if (row === undefined) return;
  const move = (to: number) => {
    const key = rows.all[Math.max(0, Math.min(to, rows.all.length - 1))]?.key;
    if (key !== undefined) focusRow.current?.(key);
  };
  const isShut = row.isFoldable && !row.isOpen;
  switch (event.key) {
    case 'ArrowDown':
      move(index + 1);
      break;
    case 'ArrowUp':
      move(index - 1);
      break;
    case 'PageDown':
      move(index + page);
      break;
    case 'PageUp':
      move(index - page);
      break;
    case 'Home':
      move(0);
      break;
    case 'End':
      move(rows.all.length - 1);
      break;
    case 'ArrowRight':
      if (isShut) state.toggle(row);
      else if (row.isFoldable) move(index + 1);
      break;
    case 'ArrowLeft':
      if (row.isFoldable && row.isOpen) state.toggle(row);
      else if (row.parent !== undefined) focusRow.current?.(row.parent.key);
      break;
    case 'Enter':
    case ' ':
      state.select(state.selected?.key === row.key ? undefined : row.key);
      break;
    default:
      return;
  }
  event.preventDefault();
}
