import { useMemo, useState } from 'preact/hooks';
import { counted } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';
import { CompareBar } from './compare-bar.tsx';
import { Patterns } from './patterns.tsx';
import { ResultItem } from './result-item.tsx';
import { Scatter } from './scatter.tsx';
import type { SearchResult } from './use-search.ts';
import { useVerdicts, type Verdicts } from './use-verdicts.ts';

interface Properties {
  result: SearchResult;
  hasServices: boolean;
  /** Undefined where nothing can arrive. */
  live: boolean | undefined;
  onLive(live: boolean): void;
}

const orders = {
  newest: 'Newest first',
  longest: 'Longest first',
  shortest: 'Shortest first',
  saving: 'Most to save first',
  spans: 'Most spans first',
} as const;

type Order = keyof typeof orders;

const none: readonly TraceSummary[] = [];

export function Results({ result, hasServices, live, onLive }: Properties) {
  const { state, traces, arrived } = result;
  const [order, setOrder] = useState<Order>('newest');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const verdicts = useVerdicts(state === 'ready' ? traces : none);
  const sorted = useMemo(() => inOrder(traces, order, verdicts), [traces, order, verdicts]);
  const most = traces.reduce((longest, { duration }) => Math.max(longest, duration), 1);
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  return (
    <div class="results">
      <div class="results-head">
        <h1>{state === 'loading' && traces.length === 0 ? 'Searching…' : counted(traces.length, 'trace')}</h1>
        {live !== undefined && (
          <button type="button" class="switch live" aria-pressed={live} onClick={() => onLive(!live)}>
            Live
          </button>
        )}
        <label class="order">
          <span class="for-reader">Order</span>
          <select value={order} onChange={event => setOrder(event.currentTarget.value as Order)}>
            {Object.entries(orders).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="for-reader" role="status">
        {state === 'ready' &&
          `${counted(traces.length, 'trace')}${arrived.size > 0 ? `, ${arrived.size} new` : ''}`}
      </p>
      {state === 'failed' && (
        <p class="message" role="alert">
          {result.message}
        </p>
      )}
      {state === 'ready' && traces.length === 0 && (
        <p class="message">
          {hasServices
            ? 'No trace matches. Try a longer time or fewer filters.'
            : 'No trace has arrived yet. Send a request, and it will show up here.'}
        </p>
      )}
      {traces.length > 0 && (
        <>
          <Scatter traces={traces} chosen={chosen} onChoose={ids => setChosen(new Set(ids))} />
          {verdicts.error !== '' && (
            <p class="warning" role="alert">
              The traces could not be diagnosed: {verdicts.error}
            </p>
          )}
          <Patterns patterns={verdicts.patterns} traces={traces.length} />
          <CompareBar traces={traces} chosen={chosen} onChoose={setChosen} />
          <ul class="result-list" aria-label="Traces">
            {sorted.map(trace => (
              <ResultItem
                key={trace.id}
                trace={trace}
                verdict={verdicts.of.get(trace.id)}
                share={trace.duration / most}
                isNew={arrived.has(trace.id)}
                isChosen={chosen.has(trace.id)}
                onChoose={() => toggle(trace.id)}
              />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function inOrder(traces: readonly TraceSummary[], order: Order, verdicts: Verdicts): readonly TraceSummary[] {
  const by: Record<Order, (trace: TraceSummary) => number> = {
    newest: ({ start }) => -start,
    longest: ({ duration }) => -duration,
    shortest: ({ duration }) => duration,
    saving: trace => -(verdicts.of.get(trace.id)?.savingOfAll ?? 0),
    spans: ({ spans }) => -spans,
  };
  return [...traces].sort((a, b) => by[order](a) - by[order](b) || b.start - a.start);
}
