import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { colourServices } from '../model/colours.ts';
import type { Diagnosed } from '../model/use-diagnosis.ts';
import { useMedia } from '../model/use-media.ts';
import { Minimap } from './minimap.tsx';
import { SidePanel } from './side-panel.tsx';
import { Toolbar } from './toolbar.tsx';
import { TraceHeader } from './trace-header.tsx';
import { useTraceKeys } from './trace-keys.ts';
import { useTraceState } from './trace-state.ts';
import { Waterfall } from './waterfall.tsx';

interface Properties extends Diagnosed {
  /** What to look for at first. */
  find: string;
}

/** A trace: its advice, and its waterfall with the critical path on it. */
export function TraceView({ tree, path, diagnosis, error, find: findAtFirst }: Properties) {
  useMemo(() => colourServices(tree.nodes.map(({ service }) => service)), [tree]);
  const state = useTraceState(tree, path, diagnosis);
  const [find, setFind] = useState(findAtFirst);
  const [finding, setFinding] = useState<number>();
  const isNarrow = useMedia('(max-width: 60rem)');
  const focusRow = useRef<(key: string) => void>(() => {});
  const found = useMemo(() => matches(tree, find), [tree, find]);
  const goToSpans = (nodes: readonly SpanNode[], isSelected = true) => {
    const key = state.reveal(nodes);
    if (isSelected && !isNarrow) state.select(key);
    // The row is there after the next rendering.
    requestAnimationFrame(() => focusRow.current(key));
  };
  useTraceKeys(tree, path, diagnosis, state, goToSpans);
  const onFinding = (index: number) => {
    setFinding(index);
    goToSpans(diagnosis?.findings[index]?.spans ?? [], false);
  };
  useEffect(() => {
    if (findAtFirst !== '' && found[0] !== undefined) goToSpans([found[0]], false);
    // Once, for what the address asks for
  }, []);
  return (
    <div class="trace">
      <TraceHeader tree={tree} whatIf={state.whatIf} />
      <SidePanel
        tree={tree}
        diagnosis={diagnosis}
        error={error}
        state={state}
        finding={finding}
        isNarrow={isNarrow}
        onFinding={onFinding}
        onSpans={goToSpans}
      />
      <section class="timeline" aria-label="Timeline">
        <Minimap tree={tree} path={path} view={state.view} onView={state.setView} />
        <Toolbar
          tree={tree}
          state={state}
          find={find}
          found={found}
          onFind={setFind}
          onFound={node => goToSpans([node], false)}
        />
        <Waterfall
          tree={tree}
          path={state.whatIf?.path ?? path}
          diagnosis={diagnosis}
          state={state}
          found={find === '' ? undefined : new Set(found)}
          finding={finding === undefined ? undefined : diagnosis?.findings[finding]}
          isNarrow={isNarrow}
          focusRow={focusRow}
        />
      </section>
    </div>
  );
}

/** The spans whose service, name, id or a tag has the text in it. */
function matches(tree: TraceTree, text: string): SpanNode[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const has = (value: unknown) => String(value).toLowerCase().includes(wanted);
  return tree.nodes.filter(
    ({ service, name, id, span }) =>
      has(name) ||
      has(service) ||
      id === wanted ||
      (span.tags ?? []).some(({ key, value }) => has(key) || has(value)),
  );
}
