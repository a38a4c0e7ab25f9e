import { useState } from 'preact/hooks';
import type { SpanNode, TraceTree } from '../../../diagnosis/tree.ts';
import { isWhole, lengthOf, type View, zoomed } from '../model/zoom.ts';
import type { Shown, TraceState } from './trace-state.ts';

interface Properties {
  tree: TraceTree;
  state: TraceState;
  find: string;
  found: readonly SpanNode[];
  onFind(text: string): void;
  onFound(node: SpanNode): void;
}

const choices: readonly [Shown, string][] = [
  ['all', 'All'],
  ['path', 'Critical path'],
  ['errors', 'Errors'],
];

/** Above the rows: which of them to show, finding, folding and zooming. */
export function Toolbar({ tree, state, find, found, onFind, onFound }: Properties) {
  const { view, setView, shown } = state;
  const [isFolded, setFolded] = useState(false);
  const foldAll = () => {
    state.foldAll(!isFolded);
    setFolded(!isFolded);
  };
  return (
    <div class="toolbar" role="toolbar" aria-label="Rows and zoom">
      <fieldset class="choice">
        <legend class="for-reader">Rows</legend>
        {choices.map(([value, name]) => (
          <button
            key={value}
            type="button"
            aria-pressed={shown === value}
            onClick={() => state.setShown(value)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <Find find={find} found={found} onFind={onFind} onFound={onFound} />
      <span class="spring" />
      <button type="button" class="quiet" onClick={foldAll}>
        {isFolded ? 'Open all' : 'Fold all'}
      </button>
      {state.whatIf !== undefined && state.whatIf.duration < 0.8 * lengthOf(view) && (
        <button type="button" class="quiet" onClick={() => setView(fitting(state.whatIf?.duration ?? 0))}>
          Zoom to what is left
        </button>
      )}
      <fieldset class="choice">
        <legend class="for-reader">Zoom</legend>
        <button
          type="button"
          aria-label="Zoom out"
          onClick={() => setView(zoomed(view, 1 / 1.5, tree.duration))}
        >
          −
        </button>
        <button
          type="button"
          disabled={isWhole(view, tree.duration)}
          onClick={() => setView({ from: 0, to: tree.duration })}
        >
          Whole
        </button>
        <button type="button" aria-label="Zoom in" onClick={() => setView(zoomed(view, 1.5, tree.duration))}>
          +
        </button>
      </fieldset>
    </div>
  );
}

/** With some room behind it, where ghosts are seen. */
const fitting = (duration: number): View => ({ from: 0, to: duration * 1.1 });

type FindProperties = Pick<Properties, 'find' | 'found' | 'onFind' | 'onFound'>;

function Find({ find, found, onFind, onFound }: FindProperties) {
  const [at, setAt] = useState(0);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      onFind('');
      (event.currentTarget as HTMLElement).blur();
    }
    const node = found[at % Math.max(1, found.length)];
    if (event.key !== 'Enter' || node === undefined) return;
    event.preventDefault();
    onFound(node);
    setAt(at + 1);
    // The focus stays here, so that Enter finds the next one.
    const input = event.currentTarget as HTMLElement;
    requestAnimationFrame(() => requestAnimationFrame(() => input.focus({ preventScroll: true })));
  };
  return (
    <div class="find">
      <input
        id="find"
        type="search"
        placeholder="Find a span  /"
        aria-label="Find spans by service, operation or tag"
        value={find}
        autocomplete="off"
        spellcheck={false}
        onInput={event => {
          setAt(0);
          onFind(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      <span class="find-count" role="status">
        {find !== '' && `${found.length} found`}
      </span>
    </div>
  );
}
