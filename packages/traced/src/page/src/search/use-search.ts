import { useEffect, useRef, useState } from 'preact/hooks';
import type { JaegerTrace } from '../../../diagnosis/jaeger.ts';
import { source } from '../model/source.ts';
import { summarise, type TraceSummary } from '../model/summary.ts';
import { type SearchForm, toSearch } from './search-query.ts';

export interface SearchResult {
  state: 'loading' | 'failed' | 'ready';
  message: string;
  /** The newest first. */
  traces: readonly TraceSummary[];
  /** The ids of those that have come since the search. */
  arrived: ReadonlySet<string>;
}

/** A search over all services asks each of them; a system with more has its reader choose one. */
export const mostServices = 12;
/** A list that grows by itself stops growing here. */
const mostKept = 200;
const pollMs = 2_000;
const mostPollMs = 30_000;
/** A trace's last spans may come so long after its first: µs. */
const stillGrowing = 15e6;

/**
 * Searches, and goes on looking for new traces as long as it is `live` and the page is seen.
 * @param again another number has the same search asked for once more
 */
export function useSearch(
  form: SearchForm,
  services: readonly string[],
  live: boolean,
  again: number,
): SearchResult {
  const [result, setResult] = useState<SearchResult>(nothing('loading'));
  const current = useRef(result);
  current.current = result;
  const { lookback, start, end, ...rest } = form;
  const key = JSON.stringify([rest, lookback === 'custom' ? [start, end] : lookback, services, again]);
  // The key is the form and the services
  useEffect(() => {
    const controller = new AbortController();
    setResult(nothing('loading'));
    const add = (traces: readonly JaegerTrace[]) =>
      setResult(before => ({ ...merged(before, traces, form.limit), arrived: new Set() }));
    ask(form, services, controller.signal, add).then(
      () => setResult(before => ({ ...before, state: 'ready' })),
      error => {
        if (!controller.signal.aborted) setResult({ ...nothing('failed'), message: messageOf(error) });
      },
    );
    return () => controller.abort();
  }, [key]);
  // As above
  useEffect(() => {
    if (!live || result.state !== 'ready') return;
    return poll(async signal => {
      const newest = current.current.traces[0]?.start ?? (Date.now() - 60_000) * 1e3;
      const recent = {
        ...form,
        lookback: 'custom',
        start: newest - stillGrowing,
        end: Date.now() * 1e3 + 1e3,
      };
      await ask(recent, services, signal, traces => setResult(before => merged(before, traces, mostKept)));
    });
  }, [key, live, result.state]);
  return result;
}

const nothing = (state: SearchResult['state']): SearchResult => ({
  state,
  message: '',
  traces: [],
  arrived: new Set(),
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Hands on what each service answers as soon as it does. */
async function ask(
  form: SearchForm,
  services: readonly string[],
  signal: AbortSignal,
  onTraces: (traces: readonly JaegerTrace[]) => void,
): Promise<void> {
  const now = Date.now();
  const asked = form.service === '' ? services.slice(0, mostServices) : [form.service];
  await Promise.all(
    asked.map(async service => {
      const traces = await source.search(toSearch(form, service, now), signal);
      if (!signal.aborted) onTraces(traces);
    }),
  );
}

const newestFirst = (traces: readonly TraceSummary[], most: number): TraceSummary[] =>
  [...traces].sort((a, b) => b.start - a.start).slice(0, most);

/** What is there already stays as it is, unless it has got more spans. */
function merged(before: SearchResult, traces: readonly JaegerTrace[], most: number): SearchResult {
  const known = new Map(before.traces.map(summary => [summary.id, summary]));
  const arrived = new Set(before.arrived);
  let isChanged = false;
  for (const trace of traces) {
    const old = known.get(trace.traceID);
    if (old !== undefined && old.trace.spans.length === trace.spans.length) continue;
    if (old === undefined) arrived.add(trace.traceID);
    known.set(trace.traceID, summarise(trace));
    isChanged = true;
  }
  return isChanged ? { ...before, traces: newestFirst([...known.values()], most), arrived } : before;
}

/** Calls again and again until it is ended; more and more seldom while it fails, and not while nobody sees the page. */
function poll(look: (signal: AbortSignal) => Promise<void>): () => void {
  const controller = new AbortController();
  let wait = pollMs;
  let timer = 0;
  const next = async () => {
    if (document.visibilityState === 'visible') {
      try {
        await look(controller.signal);
        wait = pollMs;
      } catch {
        wait = Math.min(mostPollMs, wait * 2);
      }
    }
    if (!controller.signal.aborted) timer = setTimeout(next, wait);
  };
  timer = setTimeout(next, wait);
  return () => {
    controller.abort();
    clearTimeout(timer);
  };
}
