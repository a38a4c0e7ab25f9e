import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { Finding } from '../../../diagnosis/findings.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { counted } from '../model/format.ts';
import { heldByRow, pathSteps, visibleSteps } from '../model/path-steps.ts';
import { Axis, GridLines } from './axis.tsx';
import { PathOverlay } from './path-overlay.tsx';
import { rowKey } from './row-keys.ts';
import type { TraceState } from './trace-state.ts';
import { useWindowRows, type WindowRows } from './use-window-rows.ts';
import { WaterfallRow } from './waterfall-row.tsx';

interface Properties {
  tree: TraceTree;
  /** The critical path, as it is or would be. */
  path: readonly PathSection[];
  diagnosis: Diagnosis | undefined;
  state: TraceState;
  /** What the reader looks for; undefined where nothing. */
  found: ReadonlySet<SpanNode> | undefined;
  /** The finding that was chosen. */
  finding: Finding | undefined;
  isNarrow: boolean;
  focusRow: RefObject<(key: string) => void>;
}

/** Sizes in px, as the style sheet has them: a row, where its bar is in it, and what is stuck to the window's top. */
const wide = { row: 28, bar: 14, covered: 150 };
const narrow = { row: 46, bar: 34, covered: 130 };

export function Waterfall({ tree, path, diagnosis, state, found, finding, isNarrow, focusRow }: Properties) {
  const { rows, active, whatIf, view } = state;
  const sizes = isNarrow ? narrow : wide;
  const list = useRef<HTMLDivElement>(null);
  const activeIndex = rows.indexOfKey(active);
  const { items, first, last, scrollTo } = useWindowRows({
    count: rows.all.length,
    height: sizes.row,
    list,
    keep: activeIndex,
    covered: sizes.covered,
  });
  const selected = rows.indexOfKey(state.selected?.key ?? '');
  useEffect(() => {
    // Above the sheet that has come up over the rows.
    if (isNarrow && selected !== -1) scrollTo(selected, 'start');
  }, [isNarrow, selected]);
  useRowFocus(list, state, scrollTo, focusRow);
  const steps = useMemo(() => pathSteps(path, rows), [path, rows]);
  const drawn = useMemo(() => visibleSteps(steps, view), [steps, view]);
  const held = useMemo(() => heldByRow(steps), [steps]);
  const marks = useMemo(() => findingMarks(diagnosis), [diagnosis]);
  const chosen = useMemo(() => new Set(finding?.spans), [finding]);
  return (
    <div
      class={whatIf === undefined ? 'waterfall' : 'waterfall is-what-if'}
      role="treegrid"
      aria-label={`Spans of the trace, ${counted(tree.nodes.length, 'span')}`}
      aria-rowcount={rows.all.length + 1}
      aria-colcount={3}
    >
      <Axis view={view} duration={tree.duration} onView={state.setView} />
      <div
        ref={list}
        role="rowgroup"
        class="rows"
        style={{ height: `${rows.all.length * sizes.row}px` }}
        onKeyDown={event => rowKey(event, state, focusRow)}
      >
        <GridLines view={view} />
        {items.map(({ index, top }) => {
          const row = rows.all[index];
          return (
            row && (
              <WaterfallRow
                key={row.key}
                row={row}
                index={index}
                top={top}
                view={view}
                positions={whatIf?.positions}
                marks={marks}
                held={held.get(index) ?? 0}
                isActive={row.key === active}
                isSelected={row.key === state.selected?.key}
                isFound={found === undefined ? undefined : row.nodes.some(node => found.has(node))}
                isChosen={row.nodes.some(node => chosen.has(node))}
                onToggle={state.toggle}
                onSelect={key => {
                  state.setActive(key);
                  state.select(state.selected?.key === key ? undefined : key);
                }}
              />
            )
          );
        })}
        <PathOverlay steps={drawn} first={first} last={last} sizes={sizes} view={view} />
      </div>
    </div>
  );
}

/** Gives the focus to a row once it is in the document, which it is after it was scrolled to. */
function useRowFocus(
  list: RefObject<HTMLElement | null>,
  state: TraceState,
  scrollTo: WindowRows['scrollTo'],
  focusRow: RefObject<(key: string) => void>,
): void {
  const wanted = useRef<string | undefined>(undefined);
  focusRow.current = key => {
    wanted.current = key;
    const index = state.rows.indexOfKey(key);
    state.setActive(key);
    if (index !== -1) scrollTo(index);
    focusWanted();
  };
  const focusWanted = () => {
    if (wanted.current === undefined) return;
    const row = list.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(wanted.current)}"]`);
    if (!row) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  };
  useEffect(focusWanted);
}

/** The findings' numbers, from 1, by the spans that they stand on. */
function findingMarks(diagnosis: Diagnosis | undefined): ReadonlyMap<SpanNode, number[]> {
  const marks = new Map<SpanNode, number[]>();
  for (const [i, { spans }] of (diagnosis?.findings ?? []).entries()) {
    for (const node of spans) marks.set(node, [...(marks.get(node) ?? []), i + 1]);
  }
  return marks;
}
