/** What a reader has done with a trace: folded, zoomed, chosen, fixed. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { PathSection } from '../../../diagnosis/critical-path.ts';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { openedFor, type Row, Rows } from '../model/rows.ts';
import { type WhatIf, whatIfFixed } from '../model/what-if.ts';
import { bounded, type View } from '../model/zoom.ts';

export type Shown = 'all' | 'path' | 'errors';

export interface TraceState {
  rows: Rows;
  toggle(row: Row): void;
  foldAll(isFolded: boolean): void;
  view: View;
  setView(view: View): void;
  shown: Shown;
  setShown(shown: Shown): void;
  /** The row that has the focus, or would get it. */
  active: string;
  setActive(key: string): void;
  /** The row whose details are shown. */
  selected: Row | undefined;
  select(key: string | undefined): void;
  /** Makes a span's row visible and active; returns the row's key. */
  reveal(nodes: readonly SpanNode[]): string;
  /** Which findings are taken as fixed, by their places in the list. */
  fixed: ReadonlySet<number>;
  setFixed(fixed: ReadonlySet<number>): void;
  whatIf: WhatIf | undefined;
}

export function useTraceState(
  tree: TraceTree,
  path: readonly PathSection[],
  diagnosis: Diagnosis | undefined,
): TraceState {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [view, setBounded] = useState<View>({ from: 0, to: Math.max(1, tree.duration) });
  const [shown, setShown] = useState<Shown>('all');
  const [active, setActive] = useState('s0');
  const [selectedKey, select] = useState<string>();
  const [fixed, setFixed] = useState<ReadonlySet<number>>(new Set());
  const isShown = useMemo(() => shownNodes(tree, path, shown), [tree, path, shown]);
  const rows = useMemo(() => new Rows(tree, toggled, isShown), [tree, toggled, isShown]);
  const whatIf = useMemo(() => {
    const findings = (diagnosis?.findings ?? []).filter((_, i) => fixed.has(i));
    return findings.length === 0 ? undefined : whatIfFixed(tree, findings);
  }, [tree, diagnosis, fixed]);
  const toggle = useCallback((row: Row) => setToggled(before => flipped(before, row.key)), []);
  return {
    rows,
    toggle,
    foldAll: isFolded => setToggled(isFolded ? foldedKeys(tree) : new Set()),
    view,
    setView: next => setBounded(bounded(next, tree.duration)),
    shown,
    setShown,
    active: rows.indexOfKey(active) === -1 ? (rows.all[0]?.key ?? '') : active,
    setActive,
    selected: rows.all.find(({ key }) => key === selectedKey),
    select,
    reveal: nodes => {
      const opened = openedFor(tree, nodes, toggled);
      setToggled(opened);
      if (nodes[0] !== undefined && !(isShown?.(nodes[0]) ?? true)) setShown('all');
      const next = new Rows(tree, opened);
      const key = next.all[nodes[0] === undefined ? 0 : next.indexOf(nodes[0])]?.key ?? '';
      setActive(key);
      return key;
    },
    fixed,
    setFixed,
    whatIf,
  };
}

function flipped(keys: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Every span below the roots folded. */
function foldedKeys(tree: TraceTree): Set<string> {
  return new Set(
    tree.nodes.flatMap(({ children, parent }, i) => (children.length > 0 && parent ? [`s${i}`] : [])),
  );
}

/** Which spans have rows: what is asked for, and all above it. */
function shownNodes(
  tree: TraceTree,
  path: readonly PathSection[],
  shown: Shown,
): ((node: SpanNode) => boolean) | undefined {
  if (shown === 'all') return undefined;
  const asked = shown === 'errors' ? tree.nodes.filter(({ failed }) => failed) : path.map(({ node }) => node);
  const nodes = new Set<SpanNode>();
  for (const node of asked) {
    for (let at: SpanNode | undefined = node; at !== undefined && !nodes.has(at); at = at.parent)
      nodes.add(at);
  }
  return node => nodes.has(node);
}
