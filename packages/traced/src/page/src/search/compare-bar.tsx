import { useState } from 'preact/hooks';
import { compareSets, type Sets, storedSets, storeSets } from '../compare/compare-sets.ts';
import { counted } from '../model/format.ts';
import type { TraceSummary } from '../model/summary.ts';
import { goTo, hrefOf } from '../shell/location.ts';

interface Properties {
  traces: readonly TraceSummary[];
  chosen: ReadonlySet<string>;
  onChoose(chosen: ReadonlySet<string>): void;
}

/** Two traces are compared at once; sets are laid by, one search after the other. */
export function CompareBar({ traces, chosen, onChoose }: Properties) {
  const [sets, setSets] = useState<Sets>(storedSets);
  const ids = traces.map(({ id }) => id).filter(id => chosen.has(id));
  const layBy = (name: 'a' | 'b') => {
    const next = { ...sets, [name]: ids };
    storeSets(next);
    setSets(next);
    onChoose(new Set());
  };
  const [first, second] = ids;
  const isAll = ids.length === traces.length;
  return (
    <div class="compare-bar" role="group" aria-label="Compare">
      <button
        type="button"
        class="quiet"
        onClick={() => onChoose(isAll ? new Set() : new Set(traces.map(({ id }) => id)))}
      >
        {isAll ? 'Choose none' : 'Choose all'}
      </button>
      {ids.length === 0 ? (
        <span class="faint">Choose traces, in the list or by dragging over the chart, to compare them.</span>
      ) : (
        <>
          <span>{ids.length} chosen</span>
          {ids.length === 2 && first !== undefined && second !== undefined && (
            <button
              type="button"
              // The later one is the changed one.
              onClick={() => goTo(hrefOf('/compare', compareSets({ a: [second], b: [first] })))}
            >
              Compare the two
            </button>
          )}
          <button type="button" onClick={() => layBy('a')}>
            Use as before
          </button>
          <button type="button" onClick={() => layBy('b')}>
            Use as after
          </button>
        </>
      )}
      {sets.a.length > 0 && sets.b.length > 0 && (
        <a class="button" href={hrefOf('/compare', compareSets(sets))}>
          Compare {counted(sets.a.length, 'trace')} before with {sets.b.length} after
        </a>
      )}
    </div>
  );
}
