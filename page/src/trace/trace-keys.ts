import { useEffect, useRef } from 'preact/hooks';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { panned, zoomed } from '../model/zoom.ts';
import { isTyping } from '../shell/keys.ts';
import type { TraceState } from './trace-state.ts';

type GoTo = (nodes: readonly SpanNode[], isSelected?: boolean) => void;

/** The keys that work wherever the focus is in a trace; those of the rows are the rows'. */
export function useTraceKeys(
  tree: TraceTree,
  diagnosis: Diagnosis | undefined,
  state: TraceState,
  goTo: GoTo,
): void {
  const handle = useRef<(event: KeyboardEvent) => boolean>(() => false);
  handle.current = event =>
    handleKey(event.shiftKey ? `Shift ${event.key}` : event.key, tree, diagnosis, state, goTo);
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
      state.setMended(state.mended.size > 0 ? new Set() : new Set(diagnosis?.findings.keys() ?? []));
      return true;
    case 'n':
    case 'p':
      goAlongPath(key === 'n' ? 1 : -1, diagnosis, state, goTo);
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
function goAlongPath(step: 1 | -1, diagnosis: Diagnosis | undefined, state: TraceState, goTo: GoTo): void {
  const path = state.whatIf?.path ?? diagnosis?.path ?? [];
  const { rows } = state;
  const active = rows.indexOfKey(state.active);
  const visited = path
    .map(({ node }) => node)
    .filter((node, i, all) => rows.indexOf(node) !== rows.indexOf(all[i - 1] ?? node) || i === 0);
  const at = visited.findIndex(node => rows.indexOf(node) === active);
  const next = visited[at === -1 ? 0 : at + step];
  if (next !== undefined) goTo([next], state.selected !== undefined);
}
