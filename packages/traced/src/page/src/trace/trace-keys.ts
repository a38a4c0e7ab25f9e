import { useEffect, useRef } from 'preact/hooks';
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { panned, zoomed } from '../model/zoom.ts';
import { isTyping } from '../shell/keys.ts';
import type { TraceState } from './trace-state.ts';

type GoTo = (nodes: readonly SpanNode[], isSelected?: boolean) => void;

/** The keys that work wherever the focus is in a trace; those of the rows are the rows'. */
export function useTraceKeys(
  tree: TraceTree,
  path: readonly PathSection[],
  diagnosis: Diagnosis | undefined,
  state: TraceState,
  goTo: GoTo,
): void {
  const handle = useRef<(event: KeyboardEvent) => boolean>(() => false);
  handle.current = event =>
    handleKey(event.shiftKey ? `Shift ${event.key}` : event.key, tree, path, diagnosis, state, goTo);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (isTyping(event) && event.key !== 'Escape')) return;
      if (document.querySelector('dialog[open]') !== null) return;
      if (handle.current(event)) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function handleKey(
  key: string,
  tree: TraceTree,
  path: readonly PathSection[],
  diagnosis: Diagnosis | undefined,
  state: TraceState,
  goTo: GoTo,
): boolean {
  const { view, setView } = state;
  switch (key) {
    case '/':
    case 'Shift /':
      document.getElementById('find')?.focus();
      return true;
    case '+':
    case 'Shift +':
    case '=':
      setView(zoomed(view, 1.5, tree.duration));
      return true;
    case '-':
      setView(zoomed(view, 1 / 1.5, tree.duration));
      return true;
    case '0':
      setView({ from: 0, to: tree.duration });
      return true;
    case 'Shift ArrowRight':
    case 'Shift ArrowLeft':
      setView(panned(view, key.endsWith('Right') ? 0.2 : -0.2, tree.duration));
      return true;
    case 'z':
      zoomToRow(state);
      return true;
    case 'w':
      state.setFixed(state.fixed.size > 0 ? new Set() : new Set(diagnosis?.findings.keys() ?? []));
      return true;
    case 'n':
    case 'p':
      goAlongPath(key === 'n' ? 1 : -1, state.whatIf?.path ?? path, state, goTo);
      return true;
    case 'Escape':
      if (state.selected === undefined) return false;
      state.select(undefined);
      return true;
    default:
      return false;
  }
}

function zoomToRow({ rows, active, whatIf, setView }: TraceState): void {
  const nodes = rows.all[rows.indexOfKey(active)]?.nodes ?? [];
  const places = nodes.map(node => whatIf?.positions.get(node) ?? node);
  const from = places.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const to = places.reduce((most, { end }) => Math.max(most, end), 0);
  const margin = (to - from) * 0.05;
  if (places.length > 0) setView({ from: from - margin, to: to + margin });
}

/** To the next row, or the one before, that the critical path leads through. */
function goAlongPath(step: 1 | -1, path: readonly PathSection[], state: TraceState, goTo: GoTo): void {
  const { rows } = state;
  const active = rows.indexOfKey(state.active);
  // It comes back to a parent between its children; each row is visited once, so that one gets on.
  const visited = new Map<number, SpanNode>();
  for (const { node } of path) if (!visited.has(rows.indexOf(node))) visited.set(rows.indexOf(node), node);
  const order = [...visited.keys()];
  const next = visited.get(order[visited.has(active) ? order.indexOf(active) + step : 0] ?? -1);
  if (next !== undefined) goTo([next], state.selected !== undefined);
}
