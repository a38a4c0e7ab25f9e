/** Where the reader is: a path and its query, in the address, or behind its # where the page is a file. */
import { useEffect, useState } from 'preact/hooks';
import { source } from '../model/source.ts';

export interface Place {
  path: string;
  query: URLSearchParams;
}

const listeners = new Set<() => void>();
/** What a file opens with. */
const firstView = document.getElementById('traces')?.dataset['view'] ?? '/';

function currentPlace(): Place {
  const address = source.isFile ? location.hash.slice(1) || firstView : location.pathname + location.search;
  const [path = '/', ...query] = address.split('?');
  return { path, query: new URLSearchParams(query.join('?')) };
}

/** What a link to a place says in its `href`. */
export function hrefOf(path: string, query?: URLSearchParams): string {
  const text = query?.toString() ?? '';
  return `${source.isFile ? '#' : ''}${path}${text === '' ? '' : `?${text}`}`;
}

export function traceHref(id: string): string {
  return hrefOf(`/trace/${encodeURIComponent(id)}`);
}

/** Goes to a place by its `href`. */
export function goTo(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  if (!replace) scrollTo(0, 0);
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const update = () => setPlace(currentPlace());
    listeners.add(update);
    addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      removeEventListener('popstate', update);
    };
  }, []);
  return place;
}

/** Lets links within the page change the view without loading the document again. */
export function followLinks(): void {
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!(link instanceof HTMLAnchorElement) || !isPlain || event.defaultPrevented) return;
    const href = link.getAttribute('href') ?? '';
    const isView = source.isFile ? href.startsWith('#/') : href.startsWith('/') && !href.startsWith('/api/');
    if (!isView || link.hasAttribute('download')) return;
    event.preventDefault();
    goTo(href);
  });
}
