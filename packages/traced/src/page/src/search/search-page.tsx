import { useEffect, useMemo, useState } from 'preact/hooks';
import { colourServices } from '../model/colours.ts';
import { source } from '../model/source.ts';
import { useLoaded } from '../model/use-loaded.ts';
import { isTyping } from '../shell/keys.ts';
import { goTo, hrefOf } from '../shell/location.ts';
import { Results } from './results.tsx';
import { SearchFields } from './search-fields.tsx';
import { fromQuery, type SearchForm, toQuery } from './search-query.ts';
import { mostServices, useSearch } from './use-search.ts';

/** `/search`: Jaeger's own parameters, and live ones as they come. */
export function SearchPage({ query }: { query: URLSearchParams }) {
  const services = useLoaded('services', () => source.services());
  const [again, setAgain] = useState(0);
  const form = useMemo(() => fromQuery(query), [query]);
  useEffect(() => {
    document.title = form.service === '' ? 'Traces' : `Traces of ${form.service}`;
  }, [form.service]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || isTyping(event)) return;
      event.preventDefault();
      document.querySelector<HTMLElement>('.search-fields select, .search-fields input')?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  if (services.state === 'failed') {
    return (
      <div class="message" role="alert">
        <h1>No traces to show</h1>
        <p>{services.message}</p>
      </div>
    );
  }
  const names = services.state === 'ready' ? services.value : [];
  colourServices(names);
  const search = (next: SearchForm) => {
    goTo(hrefOf('/search', toQuery(next)));
    // The same search once more is asked for anew.
    setAgain(again + 1);
  };
  return (
    <div class={source.isFile ? 'search is-file' : 'search'}>
      {!source.isFile && (
        <SearchFields
          form={form}
          services={names}
          isLoading={services.state === 'loading'}
          onSearch={search}
        />
      )}
      {services.state === 'loading' ? (
        <p class="message" role="status">
          Fetching the services…
        </p>
      ) : (
        <Found form={form} services={names} again={again} />
      )}
    </div>
  );
}

function Found({ form, services, again }: { form: SearchForm; services: readonly string[]; again: number }) {
  const [live, setLive] = useState(!source.isFile && form.lookback !== 'custom');
  const isTooWide = form.service === '' && services.length > mostServices;
  const searched = useMemo(() => (isTooWide ? [] : services), [services, isTooWide]);
  const result = useSearch(form, searched, live, again);
  if (isTooWide)
    return <p class="message">There are {services.length} services: choose one to see its traces.</p>;
  return (
    <Results
      // What was chosen and sorted belongs to one search.
      key={again}
      result={result}
      hasServices={services.length > 0}
      live={source.isFile ? undefined : live}
      onLive={setLive}
    />
  );
}
