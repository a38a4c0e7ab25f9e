import { useEffect, useState } from 'preact/hooks';
import type { Diagnosis } from '../../../diagnosis/diagnose.ts';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { Findings } from './findings.tsx';
import { RowDetails } from './row-details.tsx';
import { Tabs } from './tabs.tsx';
import { TimeUse } from './time-use.tsx';
import type { TraceState } from './trace-state.ts';

interface Properties {
  tree: TraceTree;
  diagnosis: Diagnosis | undefined;
  error: string | undefined;
  state: TraceState;
  /** The finding that was chosen, by its place in the list. */
  finding: number | undefined;
  isNarrow: boolean;
  onFinding(index: number): void;
  onSpans(nodes: readonly SpanNode[], isSelected?: boolean): void;
}

type Tab = 'findings' | 'span' | 'time';

/** Beside the waterfall: advice, where the time went, and a span's details, which on a phone come up over it. */
export function SidePanel(properties: Properties) {
  const { diagnosis, error, state, isNarrow } = properties;
  const { selected } = state;
  const [tab, setTab] = useState<Tab>('findings');
  const key = selected?.key;
  useEffect(() => {
    if (key !== undefined && !isNarrow) setTab('span');
    else setTab(before => (before === 'span' ? 'findings' : before));
  }, [key, isNarrow]);
  const count = diagnosis?.findings.length;
  const tabs: [Tab, string][] = [
    ['findings', count === undefined || count === 0 ? 'Advice' : `Advice ${count}`],
    ['time', 'Where the time went'],
  ];
  if (selected !== undefined && !isNarrow) tabs.push(['span', selected.nodes.length > 1 ? 'Spans' : 'Span']);
  const details = selected && (
    <RowDetails row={selected} tree={properties.tree} diagnosis={diagnosis} onSpans={properties.onSpans} />
  );
  return (
    <aside class="side" aria-label="Advice and details">
      <Tabs tabs={tabs} chosen={tab} onChoose={(next: Tab) => setTab(next)}>
        {tab === 'findings' && (
          <Findings
            diagnosis={diagnosis}
            error={error}
            state={state}
            chosen={properties.finding}
            onFinding={properties.onFinding}
          />
        )}
        {tab === 'time' && <TimeUse diagnosis={diagnosis} />}
        {tab === 'span' && details}
      </Tabs>
      {isNarrow && details && (
        <section class="sheet" aria-label="Details">
          <button type="button" class="quiet sheet-close" onClick={() => state.select(undefined)}>
            Close
          </button>
          {details}
        </section>
      )}
    </aside>
  );
}
