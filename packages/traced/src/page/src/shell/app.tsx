import type { ComponentChildren } from 'preact';
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks';
import { ComparePage } from '../compare/compare-page.tsx';
import { GraphPage } from '../graph/graph-page.tsx';
import { SearchPage } from '../search/search-page.tsx';
import { TracePage } from '../trace/trace-page.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { isTyping } from './keys.ts';
import { type Place, usePlace } from './location.ts';

/** Everything: the header, and the view of the place where the reader is. */
export function App() {
  const place = usePlace();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || isTyping(event)) return;
      event.preventDefault();
      setHelpOpen(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useFocusOnChange(place.path, main);
  return (
    <>
      <button type="button" class="skip-link" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Header place={place} onHelp={() => setHelpOpen(true)} />
      <main id="main" ref={main} tabIndex={-1}>
        <Guarded key={place.path}>
          <View place={place} />
        </Guarded>
      </main>
      <Help isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </>
  );
}

function View({ place }: { place: Place }) {
  const { path, query } = place;
  const [, ids] = /^\/trace\/([^/]+)$/.exec(path) ?? [];
  const [first = '', second] = (ids ?? '').split('...');
  if (second !== undefined) return <ComparePage query={new URLSearchParams({ a: first, b: second })} />;
  if (first !== '') return <TracePage id={first.toLowerCase()} query={query} />;
  if (path === '/compare') return <ComparePage query={query} />;
  if (path === '/graph' || path === '/dependencies') return <GraphPage />;
  return <SearchPage query={query} />;
}

/** A view that fails says so, and leaves the rest of the page alone. */
function Guarded({ children }: { children: ComponentChildren }) {
  const [error] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <div class="message" role="alert">
      <h1>This could not be shown</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
    </div>
  );
}

/** Another view begins at its top, for those who cannot see that it is another, too. */
function useFocusOnChange(path: string, main: { current: HTMLElement | null }): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
  }, [path, main]);
}
